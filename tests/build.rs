//! Compiles `guests/**/*.wat` and what is too long to be written out, so that the suite itself needs neither an
//! assembler nor a file system.

use std::{env, error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let out = env::var("OUT_DIR")?;
    println!("cargo::rerun-if-changed=guests");
    compile(Path::new("guests"), Path::new(&out))?;
    compile(Path::new("guests/refused"), &Path::new(&out).join("refused"))?;
    for (name, text) in long() {
        fs::write(Path::new(&out).join("refused").join(name).with_extension("wasm"), wat::parse_str(text)?)?;
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

/// Modules that are honestly as large as they say.
fn long() -> [(&'static str, String); 5] {
    let blocks = ["block ".repeat(10_000), "end ".repeat(10_000)].concat();
    let targets = "0 ".repeat(100_000);
    [
        ("many_functions", format!("(module {})", "(func)".repeat(100_000))),
        ("many_targets", format!("(module (func (param i32) (br_table {targets} (local.get 0))))")),
        ("many_blocks", format!("(module (func {blocks}))")),
        ("many_parameters", format!("(module (func (param {})))", "i64 ".repeat(129))),
        ("many_results", format!("(module (func (result {}) unreachable))", "i64 ".repeat(129))),
    ]
}
