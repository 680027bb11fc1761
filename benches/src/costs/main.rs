//! `cargo xtask costs`: measures what each member of a family costs for a number, and writes the
//! tables of the families' documentation.
#![forbid(unsafe_code)]

use std::{error::Error, process::ExitCode};

use benches::{
    costs::{FAMILIES, Family},
    store,
};
use lexopt::{
    Arg::{Long, Value},
    Parser, ValueExt,
};

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Box<dyn Error>> {
    let (mut families, mut prints) = (Vec::new(), false);
    let mut parser = Parser::from_env();
    while let Some(argument) = parser.next()? {
        match argument {
            Long("print") => prints = true,
            Value(name) => families.push(family(&name.string()?)?),
            other => return Err(other.unexpected().into()),
        }
    }
    if families.is_empty() {
        families.extend(FAMILIES);
    }
    for family in families {
        let table = family.measure();
        println!("{table}");
        if !prints {
            store::write(&family.path(), &table)?;
        }
    }
    Ok(())
}

fn family(name: &str) -> Result<&'static Family, Box<dyn Error>> {
    FAMILIES.iter().find(|family| family.name == name).ok_or_else(|| {
        let names: Vec<_> = FAMILIES.iter().map(|family| family.name).collect();
        format!("no family `{name}`; there are {}", names.join(", ")).into()
    })
}
