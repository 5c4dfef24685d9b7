//! Compiles `guests/**/*.wat` and what is too long to be written out, so that the suite itself needs neither an
//! assembler nor a file system.

use std::{env, error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let out = env::var("OUT_DIR")?;
    println!("cargo::rerun-if-changed=guests");
    compile(Path::new("guests"), Path::new(&out))?;
    compile(Path::new("guests/refused"), &Path::new(&out).join("refused"))?;
    for (name, text) in long() {
        fs::write(Path::new(&out).join(name).with_extension("wasm"), wat::parse_str(text)?)?;
    }
    Ok(())
}

fn compile(from: &Path, to: &Path) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(to)?;
    for file in fs::read_dir(from)? {
        let path = file?.path();
        if path.extension().is_some_and(|extension| extension == "wat") {
            let name = path.with_extension("wasm");
            fs::write(to.join(name.file_name().ok_or("a nameless file")?), wat::parse_file(&path)?)?;
        }
    }
    Ok(())
}

/// Modules that are as large as they say, and one whose functions are as large as they may be.
fn long() -> [(&'static str, String); 6] {
    let blocks = ["block ".repeat(10_000), "end ".repeat(10_000)].concat();
    let targets = "0 ".repeat(100_000);
    [
        ("wide", wide(512, 510)),
        ("refused/many_functions", format!("(module {})", "(func)".repeat(100_000))),
        ("refused/many_targets", format!("(module (func (param i32) (br_table {targets} (local.get 0))))")),
        ("refused/many_blocks", format!("(module (func {blocks}))")),
        ("refused/many_parameters", format!("(module (func (param {})))", "i64 ".repeat(129))),
        ("refused/many_results", format!("(module (func (result {}) unreachable))", "i64 ".repeat(129))),
    ]
}

/// A function that calls itself with so many locals and operands, all of which are used afterwards.
fn wide(locals: usize, operands: usize) -> String {
    let set: String = (2..locals)
        .map(|at| format!("(local.set {at} (i64.add (local.get {}) (local.get 1)))", at - 1))
        .collect();
    let push: String = (0..operands)
        .map(|at| format!("(i64.mul (local.get {}) (local.get 1))", 1 + at % (locals - 1)))
        .collect();
    let add = "i64.add ".repeat(operands);
    let read: String = (1..locals).map(|at| format!("local.get {at} i64.xor ")).collect();
    format!(
        r#"(module
        (func $down (export "down") (param i32) (result i64) (local {})
            (local.set 1 (i64.extend_i32_u (local.get 0)))
            {set} {push}
            (if (result i64) (local.get 0)
                (then (call $down (i32.sub (local.get 0) (i32.const 1))))
                (else (i64.const 1)))
            {add} {read}))"#,
        "i64 ".repeat(locals - 1),
    )
}
