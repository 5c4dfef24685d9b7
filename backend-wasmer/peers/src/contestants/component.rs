//! A component on wasmtime, `list<u8> -> list<u8>`: the reply lent as a list in guest memory, or as a `Vec`.

use anyhow::Result;
use wasmtime::{
    Engine, Store,
    component::{Component, ComponentNamedList, Instance, Lift, Linker, TypedFunc, WasmList},
};

use super::Contestant;

pub struct Lent(Typed<WasmList<u8>>);

impl Lent {
    pub fn load() -> Result<Self> {
        Typed::load().map(Self)
    }
}

impl Contestant for Lent {
    fn echo(&mut self, request: &[u8], reply: &mut dyn FnMut(&[u8])) {
        let list = self.0.call(request);
        reply(list.as_le_slice(&self.0.store));
    }
}

pub struct Owned(Typed<Vec<u8>>);

impl Owned {
    pub fn load() -> Result<Self> {
        Typed::load().map(Self)
    }
}

impl Contestant for Owned {
    fn echo(&mut self, request: &[u8], reply: &mut dyn FnMut(&[u8])) {
        reply(&self.0.call(request));
    }
}

/// The export, which gives its reply as `R`.
struct Typed<R: Lift + 'static> {
    store: Store<()>,
    entry: TypedFunc<(&'static [u8],), (R,)>,
}

impl<R: Lift + Send + Sync + 'static> Typed<R>
where
    (R,): ComponentNamedList,
{
    fn load() -> Result<Self> {
        let engine = Engine::default();
        let component = Component::new(&engine, wat::parse_str(include_str!("component.wat"))?)?;
        let mut store = Store::new(&engine, ());
        let instance: Instance = Linker::new(&engine).instantiate(&mut store, &component)?;
        let entry = instance.get_typed_func(&mut store, "echo")?;
        Ok(Self { store, entry })
    }

    fn call(&mut self, request: &[u8]) -> R {
        let (reply,) = self.entry.call(&mut self.store, (request,)).expect("it returns");
        reply
    }
}
