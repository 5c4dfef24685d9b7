//! Gives a guest's mutable globals their names.

use std::borrow::Cow;

use wasm_encoder::{
    ExportKind, ExportSection, Module, RawSection, SectionId,
    reencode::{Reencode, RoundtripReencoder},
};
use wasmparser::{ExternalKind, Parser, Payload, TypeRef};

use super::PREFIX;
use crate::Error;

/// Exports the mutable globals of a guest by their [names](PREFIX), so that a host can put them back. A guest that
/// has none, or exports them already, comes back as it is.
///
/// # Errors
///
/// [`Reason::Invalid`](crate::Reason::Invalid) when the module is malformed.
pub fn export(wasm: &[u8]) -> Result<Cow<'_, [u8]>, Error> {
    let nameless = nameless(wasm)?;
    if nameless.is_empty() {
        return Ok(wasm.into());
    }
    let mut module = Module::new();
    let mut exports = Some(ExportSection::new());
    let add = |exports: &mut Option<ExportSection>, module: &mut Module| {
        let Some(mut exports) = exports.take() else { return };
        for &index in &nameless {
            exports.export(&format!("{PREFIX}{index}"), ExportKind::Global, index);
        }
        module.section(&exports);
    };
    for payload in Parser::new(0).parse_all(wasm) {
        let payload = payload?;
        if let Payload::ExportSection(section) = payload {
            if let Some(exports) = &mut exports {
                RoundtripReencoder.parse_export_section(exports, section)?;
            }
            add(&mut exports, &mut module);
        } else if let Some((id, range)) = payload.as_section() {
            if FOLLOW.contains(&id) {
                add(&mut exports, &mut module);
            }
            let data = &wasm[range.start as usize..range.end as usize];
            module.section(&RawSection { id, data });
        }
    }
    add(&mut exports, &mut module);
    Ok(module.finish().into())
}

/// The mutable globals that have no name yet.
fn nameless(wasm: &[u8]) -> Result<Vec<u32>, Error> {
    let (mut mutable, mut globals) = (Vec::new(), 0);
    let mut add = |is_mutable: bool| {
        if is_mutable {
            mutable.push(globals);
        }
        globals += 1;
    };
    let mut named = Vec::new();
    for payload in Parser::new(0).parse_all(wasm) {
        match payload? {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    if let TypeRef::Global(ty) = import?.ty {
                        add(ty.mutable);
                    }
                }
            }
            Payload::GlobalSection(section) => {
                for global in section {
                    add(global?.ty.mutable);
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    let export = export?;
                    let name = super::index(export.name.as_bytes());
                    named.extend(name.filter(|_| export.kind == ExternalKind::Global));
                }
            }
            _ => {}
        }
    }
    mutable.retain(|index| !named.contains(index));
    Ok(mutable)
}

/// The sections that stand behind the exports.
const FOLLOW: [u8; 5] = [
    SectionId::Start as u8,
    SectionId::Element as u8,
    SectionId::DataCount as u8,
    SectionId::Code as u8,
    SectionId::Data as u8,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Profile, Rule, check, summary::Summary};

    fn exported(text: &str) -> Vec<String> {
        let wasm = wat::parse_str(text).unwrap();
        let wasm = export(&wasm).unwrap();
        wasmparser::validate(&wasm).unwrap();
        check(&wasm, &Profile::DEVICE).unwrap();
        Summary::read(&wasm).unwrap().exports.into_iter().map(|export| export.name).collect()
    }

    #[test]
    fn every_mutable_global_gets_its_name() {
        let globals =
            "(global (mut i32) (i32.const 1)) (global i32 (i32.const 2)) (global (mut f64) (f64.const 3))";
        let names = ["__aingle_global_0", "__aingle_global_2"];
        assert_eq!(exported(&format!("(module {globals})")), names);
        assert_eq!(
            exported(&format!("(module {globals} (func) (export \"f\" (func 0)))")),
            ["f", names[0], names[1]]
        );
        let data = "(memory 1) (table 1 funcref) (func) (elem (i32.const 0) 0) (data (i32.const 0) \"x\")";
        assert_eq!(exported(&format!("(module {globals} {data})")), names);
    }

    #[test]
    fn what_has_its_names_stays_as_it_is() {
        let wasm = wat::parse_str("(module (global (export \"__aingle_global_0\") (mut i32) (i32.const 1)))")
            .unwrap();
        assert!(matches!(export(&wasm), Ok(Cow::Borrowed(_))));
        let wasm = wat::parse_str("(module (global i32 (i32.const 1)))").unwrap();
        assert!(matches!(export(&wasm), Ok(Cow::Borrowed(_))));
    }

    #[test]
    fn a_false_name_is_refused() {
        let refused = |exports: &str| {
            let globals = "(global (mut i32) (i32.const 1)) (global (mut i32) (i32.const 2)) (global i32 (i32.const 3)) (func)";
            let wasm = wat::parse_str(format!("(module {globals} {exports})")).unwrap();
            check(&wasm, &Profile::DEVICE).err().map(|refusal| refusal.rule)
        };
        let name = |name: u32, what: &str| format!("(export \"__aingle_global_{name}\" ({what}))");
        assert_eq!(refused(&(name(0, "global 0") + &name(1, "global 1"))), None);
        assert_eq!(
            refused(&(name(0, "global 1") + &name(1, "global 0"))),
            Some(Rule::ReservedName),
            "swapped"
        );
        assert_eq!(refused(&name(0, "global 0")), Some(Rule::ReservedName), "one of two");
        assert_eq!(refused(&name(2, "global 2")), Some(Rule::ReservedName), "of a constant");
        assert_eq!(refused(&name(0, "func 0")), Some(Rule::ReservedName), "of a function");
        assert_eq!(refused(&name(7, "global 0")), Some(Rule::ReservedName), "of another index");
        assert_eq!(refused("(export \"__aingle_global_x\" (global 0))"), Some(Rule::ReservedName), "of none");
    }
}
