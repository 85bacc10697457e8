//! Messages that name the connection of a request. If these break, requests of one connection have each other's.

use super::*;

#[test]
fn the_number_of_a_connection_tells_whose_message_it_is() {
    let mut partial = failing();
    let mut own = access(1, Some(7), 10, 502);
    own.line.connection = Some(7);
    let mut others = access(2, None, 10, 200);
    others.line.connection = Some(8);
    partial.access = vec![own, others];
    partial.messages = vec![in_second(1, 10), in_second(2, 10), in_second(3, 10)];
    partial.messages[0].line.connection = Some(7);
    partial.messages[1].line.connection = Some(8);
    // It names the connection alone.
    partial.messages[2].line.connection = Some(7);
    partial.messages[2].line.request = None;
    assert_eq!(told(&partial), (vec![2], 0));
}

#[test]
fn a_connection_that_a_message_about_a_request_names_is_known_by_it() {
    let mut partial = failing();
    partial.messages = vec![error(1, 10_030), error(2, 10_035), error(3, 50_000)];
    for row in &mut partial.messages {
        row.line.connection = Some(7);
    }
    partial.messages[1].line.request = None;
    partial.messages[2].line.request = None;
    assert_eq!(told(&partial), (vec![2], 0));
}

#[test]
fn the_number_of_a_connection_of_another_machine_says_nothing() {
    let mut partial = failing();
    let mut own = access(1, Some(7), 10, 502);
    own.line.connection = Some(7);
    partial.access = vec![own];
    partial.messages = vec![in_second(1, 10)];
    partial.messages[0].line.connection = Some(7);
    partial.messages[0].line.request = None;
    assert_eq!(told(&partial).0, [1]);
    partial.inputs.get_mut(&ERRORS).expect("an input").name = "web2/error.log".to_owned();
    assert_eq!(told(&partial).0, [0]);
}

#[test]
fn what_a_long_request_met_in_its_middle_is_known_by_the_connection() {
    let mut partial = failing();
    // Its first upstream failed after a minute, its second as it ended.
    partial.edge[0].record.end = Some(at(130_000));
    partial.messages = vec![error(1, 70_000), error(2, 130_000)];
    assert_eq!(told(&partial).0, [1]);
    partial.messages.iter_mut().for_each(|row| row.line.connection = Some(7));
    assert_eq!(told(&partial).0, [2]);
}

#[test]
fn requests_one_after_another_on_one_connection_each_have_their_own_message() {
    let mut partial = failing();
    partial.edge.push(record(2, 8, 11, 502));
    partial.edge[1].record.origin_status = Some(502);
    // Both logs of the server tell whole seconds; the edge's start and end do, too.
    for (row, second) in partial.edge.iter_mut().zip([10, 11]) {
        row.record.start = at(second * 1_000 - 1_000);
        row.record.end = Some(at(second * 1_000));
        row.record.resolution = Duration::SECOND;
    }
    partial.access = vec![access(1, Some(7), 10, 502), access(2, Some(8), 11, 502)];
    partial.messages = vec![in_second(1, 10), in_second(2, 11)];
    for row in &mut partial.messages {
        row.line.connection = Some(7);
        row.line.upstream = Some("http://10.0.0.1:8080/cart".to_owned());
    }
    assert_eq!(told(&partial), (vec![1, 1], 0));
}

/// Otherwise of what fails within a second on one connection the request nearest to the second's begin has all messages, and the others have none.
#[test]
fn requests_of_one_second_on_one_connection_each_have_their_own_message() {
    let mut partial = failing();
    partial.edge = Vec::new();
    for (ray, end) in [(7, 10_120), (8, 10_230), (9, 10_680)] {
        let mut row = record(ray, ray, 10, 502);
        row.record.origin_status = Some(502);
        (row.record.start, row.record.end) = (at(end - 4), Some(at(end)));
        partial.edge.push(row);
        let mut line = access(ray, Some(ray), 10, 502);
        (line.line.time, line.line.resolution) = (at(end), Duration::MILLISECOND);
        line.line.connection = Some(18);
        partial.access.push(line);
    }
    partial.messages = (1..=3).map(|line| in_second(line, 10)).collect();
    partial.messages.iter_mut().for_each(|row| row.line.connection = Some(18));
    assert_eq!(told(&partial), (vec![1, 1, 1], 0));
}

#[test]
fn of_requests_one_after_another_the_one_that_ends_has_the_message() {
    let mut partial = failing();
    let mut own = access(1, Some(7), 10, 502);
    own.line.connection = Some(7);
    let mut next = access(2, None, 11, 200);
    next.line.connection = Some(7);
    partial.access = vec![own, next];
    partial.messages = vec![in_second(1, 10), in_second(2, 11)];
    partial.messages.iter_mut().for_each(|row| row.line.connection = Some(7));
    assert_eq!(told(&partial), (vec![1], 0));
}

#[test]
fn the_next_request_on_a_connection_keeps_its_message() {
    let mut partial = failing();
    partial.competing = vec![healthy(5, 10_700)];
    partial.messages = vec![error(1, 10_030), error(2, 10_720)];
    partial.messages.iter_mut().for_each(|row| row.line.connection = Some(7));
    assert_eq!(told(&partial).0, [1]);
}
