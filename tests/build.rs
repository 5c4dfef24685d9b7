//! Compiles `guests/**/*.wat`, so that the suite itself needs neither an assembler nor a file system.

use std::{env, error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    let out = env::var("OUT_DIR")?;
    println!("cargo::rerun-if-changed=guests");
    compile(Path::new("guests"), Path::new(&out))?;
    compile(Path::new("guests/refused"), &Path::new(&out).join("refused"))
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
