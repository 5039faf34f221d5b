//! One log line: the event's fields and those of the spans around it, side by side, in one flat JSON object.
//!
//! The library's own JSON format names every span and source with every line, which is most of its bytes. What is only of
//! use when something went wrong is left out here until something does.

use std::{error::Error, fmt};

use serde_json::{Map, Value};
use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    fmt::{
        FmtContext, FormatEvent, FormattedFields,
        format::{JsonFields, Writer},
    },
    registry::LookupSpan,
};

use crate::{random::now, start::chain};

/// Of the spans, these are for warnings and errors: they lead from a line to Lambda's own report of the invocation, and to the
/// message in the queue.
const WHEN_WRONG: &[&str] = &["requestId", "message_id", "receive_count"];
/// The runtime names its trace, which nobody here follows.
const NEVER: &str = "xrayTraceId";

/// The format.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line;

impl<S> FormatEvent<S, JsonFields> for Line
where
    S: Subscriber + for<'lookup> LookupSpan<'lookup>,
{
    fn format_event(
        &self,
        ctx: &FmtContext<'_, S, JsonFields>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let level = event.metadata().level();
        let mut line = Fields::default();
        line.add("timestamp", domain::time::rfc3339(now()).into());
        line.add("level", level.as_str().into());
        event.record(&mut line);
        let is_wrong = *level <= Level::WARN;
        if is_wrong {
            line.add("target", event.metadata().target().into());
        }
        for span in ctx.event_scope().into_iter().flatten() {
            let extensions = span.extensions();
            let Some(fields) = extensions.get::<FormattedFields<JsonFields>>() else { continue };
            // The library wrote them itself, so they can be read.
            for (name, value) in serde_json::from_str::<Map<String, Value>>(fields).unwrap_or_default() {
                if name != NEVER && (is_wrong || !WHEN_WRONG.contains(&name.as_str())) {
                    line.add(&name, value);
                }
            }
        }
        line.write(&mut writer)
    }
}

/// The members of a line, in their order. Of two with the same name the first stays: the event's, then the inner span's.
#[derive(Default)]
struct Fields(Vec<(String, Value)>);

impl Fields {
    fn add(&mut self, name: &str, value: Value) {
        if !self.0.iter().any(|(known, _)| known == name) {
            self.0.push((name.to_owned(), value));
        }
    }

    fn write(&self, writer: &mut Writer<'_>) -> fmt::Result {
        for (at, (name, value)) in self.0.iter().enumerate() {
            let before = if at == 0 { '{' } else { ',' };
            write!(writer, "{before}{}:{value}", Value::from(name.as_str()))?;
        }
        writeln!(writer, "}}")
    }
}

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(field.name(), format!("{value:?}").into());
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field.name(), value.into());
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field.name(), value.into());
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field.name(), value.into());
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field.name(), value.into());
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        self.add(field.name(), value.into());
    }

    fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
        self.add(field.name(), chain(value).into());
    }
}
