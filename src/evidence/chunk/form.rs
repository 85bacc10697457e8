//! The form in which evidence is written, told from its types: which fields and variants there are, in which order, and of what kind. Another version of
//! the program must refuse what it would read wrongly, so `FORM` has to go up with every change.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::de::value::{Error, U32Deserializer};
use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;
use sha2::{Digest, Sha256};

use super::{Coverage, FORM};
use crate::evidence::Partial;
use crate::tls::SessionNumber;

/// Each form with what it is known by. Where the types have changed, `FORM` goes up by one and a line is added; a line stays as it is.
const FORMS: &[(u8, &str)] = &[
    (2, "aa9ef2f71d70d479"),
    (3, "bcb3f7a3acf14fb3"),
    (4, "d7b97f438d801879"),
    (5, "53f34bb36ead8e85"),
    (6, "0147b16d8ed01e0f"),
    (7, "d693e8ba9a7664a9"),
    (8, "b3095b667ec5b000"),
    (9, "b661c358855021c9"),
    (10, "d34e9a80c37ee50a"),
    (11, "cf3d332772d6ed02"),
    (12, "b83f24bd80f3ae98"),
    (13, "f378b7ccefe8ec5b"),
    (14, "10d195d709248a28"),
    (15, "94db3c3ed2201079"),
    (16, "9fe0e0ae440e7c22"),
    (17, "4fe0de05258f95ed"),
    (18, "3551a0879f124517"),
    (19, "690e5cb6a6144290"),
    (20, "82f7cb7eb0840e8a"),
    (21, "b05b1e3567d145a2"),
    (22, "9e2f0b4949d80812"),
    (23, "3d2ea2f79cc4bf9a"),
    (24, "164c804d9e168310"),
    (25, "a632fbf8af86c30e"),
    (26, "82e340d2b72fed40"),
    (27, "01bcab45db4283c7"),
    (28, "6b9c4b18b907d00e"),
    (29, "7c1e0c81b3dabee2"),
    (30, "3b0c7c9e0ec420a2"),
    (31, "1b58291b4e2a83c0"),
    (32, "f1c604ae3884feed"),
    (33, "49dc7da465f8a8f0"),
    (34, "50957a81ed9501c2"),
    (35, "8e3482b1db372ba4"),
];

/// A text that every type takes: what a message says is written by its name.
const TEXT: &str = "kernel-fork-rejected";
/// What is written by another name: a type, and a text that it takes.
const NAMED: [(&str, &str); 1] = [("ErrorPageId", "nginx-page-502")];

/// The form of all that a chunk holds is the one that `FORM` numbers.
#[test]
fn another_form_of_the_evidence_has_another_number() {
    assert_numbered::<(Coverage, Partial, std::collections::BTreeSet<SessionNumber>)>(
        "FORM in src/evidence/chunk.rs",
        FORM,
        FORMS,
    );
}

/// Types that are written have the form that their number, a constant that is named with its file, stands for: the last of those that are known.
pub(crate) fn assert_numbered<T: for<'de> Deserialize<'de>>(
    constant: &str,
    number: u8,
    forms: &[(u8, &str)],
) {
    let form = EvidenceForm::of::<T>();
    let known: String = Sha256::digest(&form).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    let last = forms.last().copied().unwrap_or_default();
    let next = number.max(last.0 + 1);
    assert!(
        last == (number, &known),
        "the types are no longer those of form {}: let {constant} be {next}, and add ({next}, \"{known}\") to FORMS",
        last.0
    );
    assert!(forms.is_sorted_by(|one, other| one.0 < other.0), "each form has a number of its own");
}

#[test]
fn each_part_of_a_type_is_part_of_its_form() {
    #[derive(serde::Deserialize)]
    #[expect(dead_code, reason = "only its form is looked at")]
    struct SampleRow {
        place: u32,
        kinds: Vec<SampleKind>,
    }
    #[derive(serde::Deserialize)]
    #[expect(dead_code, reason = "only its form is looked at")]
    enum SampleKind {
        Plain,
        Told(Option<String>),
        Counted { by: u8 },
    }
    let expected = "SampleRow{place:u32,kinds:[SampleKind.Plain]}\nSampleRow{place:u32,kinds:[SampleKind.Told(?text)]}\n\
                    SampleRow{place:u32,kinds:[SampleKind.Counted{by:u8}]}\n";
    assert_eq!(EvidenceForm::of::<SampleRow>(), expected);
}

/// What is asked for when a type is read. Enumerations are gone through: each reading takes the next variant of each that it meets.
#[derive(Default)]
pub(crate) struct EvidenceForm {
    told: String,
    /// Of each enumeration the next variant and their number.
    variants: BTreeMap<&'static str, (usize, usize)>,
    /// The type whose only value is read.
    newtype: &'static str,
}

impl EvidenceForm {
    /// The form of a type, one line a reading.
    pub(crate) fn of<T: for<'de> Deserialize<'de>>() -> String {
        let mut form = EvidenceForm::default();
        loop {
            let read = T::deserialize(&mut form);
            assert!(
                read.is_ok(),
                "{:?} after {}",
                read.err(),
                &form.told[form.told.len().saturating_sub(300)..]
            );
            form.told.push('\n');
            if form.variants.values().all(|(next, number)| next >= number) {
                return form.told;
            }
        }
    }

    fn say(&mut self, what: &str) -> &mut EvidenceForm {
        self.told.push_str(what);
        self
    }

    /// Reads what stands between two marks.
    fn within<R>(
        &mut self,
        [open, close]: [&str; 2],
        read: impl FnOnce(&mut EvidenceForm) -> Result<R, Error>,
    ) -> Result<R, Error> {
        self.say(open);
        let read = read(self);
        self.say(close);
        read
    }
}

/// So many values, with the names of their fields where they have any.
struct AskedValues<'f> {
    form: &'f mut EvidenceForm,
    names: &'static [&'static str],
    left: usize,
}

impl<'de> SeqAccess<'de> for AskedValues<'_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        let Some(left) = self.left.checked_sub(1) else { return Ok(None) };
        self.left = left;
        if let Some(name) = self.names.len().checked_sub(left + 1).and_then(|at| self.names.get(at)) {
            self.form.say(name).say(":");
        }
        let value = seed.deserialize(&mut *self.form)?;
        if left > 0 {
            self.form.say(",");
        }
        Ok(Some(value))
    }
}

impl<'de> MapAccess<'de> for AskedValues<'_> {
    type Error = Error;

    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Error> {
        self.next_element_seed(seed)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Error> {
        self.form.say("=>");
        seed.deserialize(&mut *self.form)
    }
}

/// A variant by its number.
struct AskedVariant<'f> {
    form: &'f mut EvidenceForm,
    number: u32,
}

impl<'de, 'f> EnumAccess<'de> for AskedVariant<'f> {
    type Error = Error;
    type Variant = &'f mut EvidenceForm;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, &'f mut EvidenceForm), Error> {
        let number: U32Deserializer<Error> = self.number.into_deserializer();
        Ok((seed.deserialize(number)?, self.form))
    }
}

impl<'de> VariantAccess<'de> for &mut EvidenceForm {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        self.within(["(", ")"], |form| seed.deserialize(form))
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_tuple(length, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_struct("", fields, visitor)
    }
}

/// A value of a kind that has no parts.
macro_rules! plain {
    ($($method:ident $visit:ident $value:expr, $name:literal;)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            self.say($name);
            visitor.$visit($value)
        })*
    };
}

impl<'de> Deserializer<'de> for &mut EvidenceForm {
    type Error = Error;

    plain! {
        deserialize_bool visit_bool false, "bool";
        deserialize_i8 visit_i8 0, "i8";
        deserialize_i16 visit_i16 0, "i16";
        deserialize_i32 visit_i32 0, "i32";
        deserialize_i64 visit_i64 0, "i64";
        deserialize_u8 visit_u8 0, "u8";
        deserialize_u16 visit_u16 0, "u16";
        deserialize_u32 visit_u32 0, "u32";
        deserialize_u64 visit_u64 0, "u64";
        deserialize_u128 visit_u128 0, "u128";
        deserialize_i128 visit_i128 0, "i128";
        deserialize_f32 visit_f32 0.0, "f32";
        deserialize_f64 visit_f64 0.0, "f64";
        deserialize_char visit_char 'a', "char";
        deserialize_bytes visit_bytes &[], "bytes";
        deserialize_byte_buf visit_bytes &[], "bytes";
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let named = NAMED.iter().find(|(name, _)| *name == self.newtype);
        self.say("text");
        visitor.visit_str(named.map_or(TEXT, |(_, text)| text))
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.say("()");
        visitor.visit_unit()
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self.say("?"))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        let around = std::mem::replace(&mut self.newtype, name);
        let read = self.say(name).within(["(", ")"], |form| visitor.visit_newtype_struct(form));
        self.newtype = around;
        read
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.within(["[", "]"], |form| visitor.visit_seq(AskedValues { form, names: &[], left: 1 }))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Error> {
        self.within(["(", ")"], |form| visitor.visit_seq(AskedValues { form, names: &[], left: length }))
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.within(["[", "]"], |form| visitor.visit_map(AskedValues { form, names: &[], left: 1 }))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        names: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let left = names.len();
        self.say(name).within(["{", "}"], |form| visitor.visit_seq(AskedValues { form, names, left }))
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.say(name).deserialize_tuple(length, visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let (next, _) = self.variants.entry(name).or_insert((0, variants.len()));
        let number = *next % variants.len();
        *next += 1;
        let written = write!(self.told, "{name}.{}", variants[number]);
        debug_assert!(written.is_ok(), "a text takes whatever is written");
        visitor.visit_enum(AskedVariant { form: self, number: u32::try_from(number).unwrap_or(u32::MAX) })
    }

    fn is_human_readable(&self) -> bool {
        false
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(serde::de::Error::custom("the form of this type cannot be told"))
    }

    forward_to_deserialize_any! { unit_struct identifier ignored_any }
}
