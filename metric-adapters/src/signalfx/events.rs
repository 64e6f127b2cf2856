//! A stream of server-sent events that was read to its end.

/// One event: its name and its data.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Event {
    pub(super) name: String,
    pub(super) data: String,
}

/// Splits a stream into its events. One that is not closed by an empty line was cut off and is left out (WHATWG HTML,
/// 9.2.6).
pub(super) fn parse(stream: &str) -> Vec<Event> {
    let mut events = Vec::new();
    let (mut name, mut data) = (String::new(), String::new());
    for line in stream.lines() {
        if line.is_empty() {
            let event = Event {
                name: std::mem::take(&mut name),
                data: std::mem::take(&mut data),
            };
            if !event.data.is_empty() {
                events.push(event);
            }
            continue;
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut name),
            "data" => {
                data.push_str(value);
                data.push('\n');
            }
            _ => {}
        }
    }
    events
}

#[cfg(test)]
mod tests {
    use super::{Event, parse};

    #[test]
    fn fields_are_joined_and_what_is_cut_off_is_left_out() {
        let stream = "event: a\r\ndata: {\r\ndata: 1}\r\nid: x\r\n\r\n: comment\nevent: empty\n\ndata:b\n\nevent: c\ndata: 5\n";
        let event = |name: &str, data: &str| Event {
            name: name.to_owned(),
            data: data.to_owned(),
        };
        assert_eq!(parse(stream), [event("a", "{\n1}\n"), event("", "b\n")]);
    }
}
