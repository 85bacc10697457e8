//! What people read most: the summary, a ray's story, the catalogue.

use super::program::{Desk, ray, sample};

#[test]
fn a_diagnosis_reads_at_a_glance() {
    let ended = Desk::new().run(&["diagnose", &sample("mixed-keepalive-and-worker-crash")]);
    assert_eq!(ended.status, Some(0), "{}", ended.err);
    insta::assert_snapshot!(ended.out);
}

#[test]
fn a_failing_ray_has_a_story_from_edge_to_origin() {
    let desk = Desk::new();
    let path = sample("keepalive-race");
    let report = desk.report(&[&path]);
    let ray = report["cases"][0]["ray"].as_str().unwrap();
    // The confidence changes with the weights of the causes; the words stay the same.
    let told = desk.run(&["explain", ray, &path]).seen();
    let confidence =
        told.split("cause  keepalive-race (").nth(1).and_then(|rest| rest.split(')').next()).unwrap();
    insta::assert_snapshot!(told.replace(&format!("({confidence})"), "(CONFIDENCE)"));
    // With or without the data centre, in upper or lower case: as people copy it.
    let copied = format!("{}-AMS", ray.to_uppercase());
    assert_eq!(desk.run(&["explain", &copied, &path]).out, desk.run(&["explain", ray, &path]).out);
}

#[test]
fn a_healthy_ray_is_told_too_and_an_unknown_one_is_an_error() {
    let desk = Desk::new();
    let path = sample("keepalive-race");
    let log = std::fs::read_to_string(format!("{path}/origin/nginx/access.log")).unwrap();
    let line = log.lines().rfind(|line| line.contains(" 200 ")).unwrap();
    let healthy = line.split('"').find(|part| part.len() == 20 && part.contains('-')).unwrap();
    let ended = desk.run(&["explain", healthy, &path]);
    assert_eq!(ended.status, Some(0), "{}", ended.err);
    assert!(ended.out.contains("did not fail"), "{}", ended.out);
    assert!(ended.out.contains("origin/nginx/access.log line "), "{}", ended.out);
    insta::assert_snapshot!(desk.run(&["explain", &ray(0), &path]).seen());
}

#[test]
fn the_catalogue_explains_each_cause() {
    let desk = Desk::new();
    let list = desk.run(&["causes"]);
    assert_eq!(list.status, Some(0));
    for cause in rayscope::causes::ALL {
        assert!(list.out.lines().any(|line| line.starts_with(&format!("{} ", cause.slug))), "{}", cause.slug);
        let text = desk.run(&["causes", &cause.slug]);
        assert_eq!(text.status, Some(0));
        assert!(text.out.len() > 600, "{}: {}", cause.slug, text.out);
    }
}

#[test]
fn the_schema_and_the_limits_are_printed_whole() {
    let desk = Desk::new();
    let schema: serde_json::Value = serde_json::from_str(&desk.run(&["schema"]).out).unwrap();
    assert!(jsonschema::validator_for(&schema).is_ok());
    assert!(desk.run(&["limits"]).out.contains("response_header_bytes = 131072"));
    assert!(desk.run(&["--version"]).out.starts_with("rayscope "));
}
