//! Drawings as SVG text. Every shape carries its colours as attributes for readers without style sheets, and a class by
//! which the page's style sheet overrides them.

use std::fmt::Write;

use super::escape::write_escaped;

/// How a shape is drawn: its class, and the attributes that count where no style sheet does.
#[derive(Clone, Copy)]
pub struct Paint {
    class: &'static str,
    attributes: &'static str,
}

const fn paint(class: &'static str, attributes: &'static str) -> Paint {
    Paint { class, attributes }
}

/// Failing requests of the causes of rank 1 to 5, and of all further ones.
const CAUSES: [Paint; 6] = [
    paint("c1", "fill=\"#aa400c\""),
    paint("c2", "fill=\"#1781d8\""),
    paint("c3", "fill=\"#356e56\""),
    paint("c4", "fill=\"#8b2f96\""),
    paint("c5", "fill=\"#a9843a\""),
    paint("c6", "fill=\"#828a95\""),
];
/// Unexplained failures.
pub const UNEXPLAINED: Paint = paint("un", "fill=\"url(#hatch)\"");
/// Healthy requests.
pub const HEALTHY: Paint = paint("ok", "fill=\"#828a95\"");
/// Lines behind a plot.
pub const GRID: Paint = paint("g", "fill=\"none\" stroke=\"#d5dae0\"");
/// The axis of a plot and the lanes of a ladder.
pub const AXIS: Paint = paint("ax", "fill=\"none\" stroke=\"#727a84\"");
/// An event, a limit or a moment.
pub const EVENT: Paint = paint("ev", "fill=\"none\" stroke=\"#15181c\" stroke-dasharray=\"3 3\"");
/// The flag of an event.
pub const FLAG: Paint = paint("evf", "fill=\"#15181c\"");
/// A captured message.
pub const ARROW: Paint = paint("ar", "fill=\"none\" stroke=\"#15181c\" stroke-width=\"1.5\"");
/// A message known from a log.
pub const ARROW_DASHED: Paint =
    paint("ar", "fill=\"none\" stroke=\"#15181c\" stroke-width=\"1.5\" stroke-dasharray=\"5 4\"");
/// The message that tells.
pub const ARROW_TELLING: Paint = paint("ar tel", "fill=\"none\" stroke=\"#b3261e\" stroke-width=\"2.5\"");
/// The head of an arrow.
pub const HEAD: Paint = paint("evf", "fill=\"#15181c\"");
/// The head of the arrow that tells.
pub const HEAD_TELLING: Paint = paint("telf", "fill=\"#b3261e\"");
/// The box around the message that tells.
pub const TELLING_BOX: Paint = paint("tb", "fill=\"#fdeeec\" stroke=\"#b3261e\"");
/// The track of a confidence scale.
pub const TRACK: Paint = paint("tr", "fill=\"none\" stroke=\"#d5dae0\" stroke-width=\"6\"");
/// The interval on a confidence scale.
pub const RANGE: Paint = paint("cr", "fill=\"none\" stroke=\"#828a95\" stroke-width=\"6\"");

/// The paint of the cause at `index` (rank less one).
pub fn cause(index: usize) -> Paint {
    CAUSES.get(index).copied().unwrap_or(paint("c6", "fill=\"#828a95\""))
}

/// Where a text begins, is centred or ends.
#[derive(Clone, Copy)]
pub enum Anchor {
    /// It begins at the point.
    Start,
    /// It is centred on the point.
    Middle,
    /// It ends at the point.
    End,
}

/// A coordinate with at most one decimal.
pub fn n(value: f64) -> String {
    // Adding zero turns −0 into 0.
    let rounded = (value * 10.0).round() / 10.0 + 0.0;
    format!("{rounded}")
}

/// A drawing that grows.
pub struct Canvas {
    body: String,
    width: f64,
    height: f64,
}

impl Canvas {
    /// An empty drawing of this size in units of a pixel.
    pub fn new(width: f64, height: f64) -> Canvas {
        Canvas { body: String::new(), width, height }
    }

    /// A filled rectangle; nothing where it has no area.
    pub fn rect(&mut self, paint: Paint, x: f64, y: f64, width: f64, height: f64) {
        if width > 0.0 && height > 0.0 {
            let corner = if paint.class == TELLING_BOX.class { " rx=\"6\"" } else { "" };
            self.push(format_args!(
                "<rect class=\"{}\" {} x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"{corner}/>",
                paint.class,
                paint.attributes,
                n(x),
                n(y),
                n(width),
                n(height)
            ));
        }
    }

    /// A path; nothing where it is empty.
    pub fn path(&mut self, paint: Paint, d: &str) {
        if !d.is_empty() {
            self.push(format_args!("<path class=\"{}\" {} d=\"{d}\"/>", paint.class, paint.attributes));
        }
    }

    /// A filled circle.
    pub fn circle(&mut self, paint: Paint, x: f64, y: f64, radius: f64) {
        self.push(format_args!(
            "<circle class=\"{}\" {} cx=\"{}\" cy=\"{}\" r=\"{}\"/>",
            paint.class,
            paint.attributes,
            n(x),
            n(y),
            n(radius)
        ));
    }

    /// A text of these classes, escaped.
    pub fn text(&mut self, classes: &str, anchor: Anchor, x: f64, y: f64, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        self.push(format_args!(
            "<text class=\"{classes}\" font-size=\"12\" font-family=\"sans-serif\" x=\"{}\" y=\"{}\"{anchor}>",
            n(x),
            n(y)
        ));
        // Writing to a String cannot fail.
        let _ = write_escaped(&mut self.body, text);
        self.body.push_str("</text>");
    }

    /// The drawing as an image whose title is a full sentence; `id` must be unique in the page.
    pub fn image(self, classes: &str, id: &str, title: &str) -> String {
        let mut head = format!("role=\"img\" aria-labelledby=\"{id}\"><title id=\"{id}\">");
        let _ = write_escaped(&mut head, title);
        head.push_str("</title>");
        self.element(classes, &head)
    }

    /// The drawing as an ornament beside the same figures in text.
    pub fn ornament(self, classes: &str) -> String {
        self.element(classes, "aria-hidden=\"true\">")
    }

    fn element(self, classes: &str, rest: &str) -> String {
        let (width, height) = (n(self.width), n(self.height));
        format!(
            "<svg class=\"{classes}\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
             {rest}{}</svg>",
            self.body
        )
    }

    fn push(&mut self, arguments: std::fmt::Arguments<'_>) {
        // Writing to a String cannot fail.
        let _ = self.body.write_fmt(arguments);
    }
}
