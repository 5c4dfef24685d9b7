//! A subscriber that writes down what it is told.

use std::{cell::RefCell, collections::BTreeMap, fmt, sync::Once};

use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    span,
    subscriber::set_global_default,
};
use tracing_subscriber::{
    Layer,
    layer::{Context, SubscriberExt},
    registry::{LookupSpan, Registry},
};

/// A span that has ended, or an event.
#[derive(Clone, Debug)]
pub struct Entry {
    /// A span's name, an event's message.
    pub name: String,
    pub target: String,
    pub level: Level,
    /// The span around it.
    pub parent: Option<String>,
    fields: Fields,
}

impl Entry {
    /// A field as text; empty when nobody recorded it.
    pub fn field(&self, name: &str) -> &str {
        self.fields.0.get(name).map_or("", String::as_str)
    }
}

/// Every thread has a page of its own.
#[derive(Clone, Copy)]
pub struct Recorder(());

impl Recorder {
    /// Subscribes for the whole process, before an engine first has something to tell: `tracing` remembers for whom
    /// nobody cared, and a subscriber for one thread alone may come too late.
    pub fn subscribe() -> Self {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| set_global_default(Registry::default().with(Self(()))).unwrap());
        Self(())
    }

    /// What `run` had written down by its end, in that order, and its result.
    pub fn record<R>(self, run: impl FnOnce() -> R) -> (Vec<Entry>, R) {
        PAGE.take();
        let ran = run();
        (PAGE.take(), ran)
    }

    fn write(self, metadata: &Metadata<'_>, name: String, parent: Option<String>, fields: Fields) {
        let (target, level) = (metadata.target().to_owned(), *metadata.level());
        if target.starts_with("aingle_wasm") {
            PAGE.with_borrow_mut(|page| page.push(Entry { name, target, level, parent, fields }));
        }
    }
}

thread_local! {
    static PAGE: RefCell<Vec<Entry>> = const { RefCell::new(Vec::new()) };
}

impl<S: Subscriber + for<'s> LookupSpan<'s>> Layer<S> for Recorder {
    fn on_new_span(&self, attributes: &span::Attributes<'_>, id: &span::Id, context: Context<'_, S>) {
        let mut fields = Fields::default();
        attributes.record(&mut fields);
        context.span(id).unwrap().extensions_mut().insert(fields);
    }

    fn on_record(&self, id: &span::Id, values: &span::Record<'_>, context: Context<'_, S>) {
        values.record(context.span(id).unwrap().extensions_mut().get_mut::<Fields>().unwrap());
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let message = fields.0.remove("message").unwrap_or_default();
        let parent = context.event_span(event).map(|span| span.name().to_owned());
        self.write(event.metadata(), message, parent, fields);
    }

    fn on_close(&self, id: span::Id, context: Context<'_, S>) {
        let span = context.span(&id).unwrap();
        let fields = span.extensions_mut().remove::<Fields>().unwrap();
        let parent = span.parent().map(|parent| parent.name().to_owned());
        self.write(span.metadata(), span.name().to_owned(), parent, fields);
    }
}

#[derive(Clone, Debug, Default)]
struct Fields(BTreeMap<&'static str, String>);

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}
