//! `cargo xtask asm`: the kernels' innermost loops, in the assembly that the compiler prints for a
//! release build, neither call nor move vectors to the stack, and those of the matrix products have
//! exactly the multiply-adds that their tiles need.
//!
//! One branch in a tile's loop once moved 68 vectors to the stack and halved the speed, and no test
//! could notice. A function that is not inlined into a kernel is compiled without the level's
//! instructions, and costs ten times more. Both stand plainly in the listing.
//!
//! `compile` makes the listings, `listing` reads them, `loops` finds the loops, `count` counts, and
//! `tiles` knows what the matrix products need, `windows` what convolutions do.

mod compile;
mod count;
mod kernels;
mod known;
mod listing;
mod loops;
mod tiles;
mod windows;

use std::{
    collections::{HashMap, HashSet},
    fmt::{self, Write},
    path::Path,
};

use count::Counts;
use kernels::KERNELS;
use lexopt::Parser;
use listing::{Function, functions, symbol};

use crate::{Failure, no_more, root};

/// The types that all kernels are compiled for.
const FLOATS: &[&str] = &["f32", "f64"];

/// A part of the symbol of the function that does a piece of a matrix product for each of [`FLOATS`].
const PRODUCTS: &[&str] = &["4work4work6single", "4work4work6double"];

/// The same for a piece of a convolution.
const WINDOWS: &[&str] = &["4work7windows6single", "4work7windows6double"];

/// What finds the tiles among the loops of a level, and what is wrong with them.
type Check = for<'a> fn(Level, &[Counts<'a>]) -> (Vec<(String, Counts<'a>)>, Vec<String>);

/// An instruction set that kernels are compiled for. The portable one is what the build enables: it
/// has neither as many registers as the kernels ask for nor, on x86-64, multiply-adds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Avx2,
    Avx512,
}

impl Level {
    const ALL: [Self; 2] = [Self::Avx2, Self::Avx512];

    /// Whether a function is compiled for the level: `run` of `neuropil_simd::arch::avx2`, into which
    /// all that is compiled for it is inlined.
    fn has(self, function: &Function<'_>) -> bool {
        let path = match self {
            Self::Avx2 => "13neuropil_simd4arch4avx23run",
            Self::Avx512 => "13neuropil_simd4arch6avx5123run",
        };
        function.name.contains(path)
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Avx2 => "avx2",
            Self::Avx512 => "avx512",
        })
    }
}

/// A line of the table: a kernel's busiest loop.
#[derive(Debug)]
struct Row<'a> {
    kernel: String,
    level: Level,
    float: &'static str,
    counts: Counts<'a>,
}

impl fmt::Display for Row<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { kernel, level, float, .. } = self;
        write!(f, "{kernel} {level} {float}")
    }
}

/// Compiles, prints the table, and says what is wrong.
pub(crate) fn run(arguments: &mut Parser) -> Result<(), Failure> {
    no_more(arguments)?;
    check(&root())
}

/// The same for `cargo xtask ci`.
///
/// # Errors
/// If a loop does what it should not.
pub(crate) fn check(root: &Path) -> Result<(), Failure> {
    if !cfg!(all(target_arch = "x86_64", target_os = "linux")) {
        println!("asm: only listings of x86-64 and Linux are understood; nothing was checked");
        return Ok(());
    }
    let listings = compile::listings(root)?;
    let (mut rows, mut findings) = tiles(&listings.tensor, "gemm", PRODUCTS, tiles::check);
    let (more_rows, more_findings) = tiles(&listings.tensor, "conv", WINDOWS, windows::check);
    rows.extend(more_rows);
    findings.extend(more_findings);
    let (more_rows, more_findings) = slices(&listings.kernels);
    rows.extend(more_rows);
    findings.extend(more_findings);
    print!("{}", table(&rows));
    findings.extend(rows.iter().flat_map(calls));
    findings.extend(known::findings(&rows));
    for finding in &findings {
        eprintln!("asm: {finding}");
    }
    if !findings.is_empty() {
        eprintln!(
            "asm: the listings are tensor.s, for gemm and conv, and kernels.s in {}",
            listings.folder.display()
        );
    }
    let compiler = compile::compiler()?;
    match findings.len() {
        0 => {
            println!("asm: {} loops are as they should be", rows.len());
            Ok(())
        }
        n if !compiler.starts_with(known::COMPILER) => {
            println!(
                "asm: {n} findings with {compiler}, not held to what is known of {}x",
                known::COMPILER
            );
            Ok(())
        }
        1 => Err(Failure::Failed("asm has 1 finding".into())),
        n => Err(Failure::Failed(format!("asm has {n} findings"))),
    }
}

/// The tiles that are reached from the functions with these symbols, and what is wrong with their
/// multiply-adds.
fn tiles<'a>(
    listing: &'a str,
    what: &str,
    symbols: &[&str],
    check: Check,
) -> (Vec<Row<'a>>, Vec<String>) {
    let functions = functions(listing);
    let (mut rows, mut findings) = (Vec::new(), Vec::new());
    for (&float, symbol) in FLOATS.iter().zip(symbols) {
        let Some(entry) = functions.iter().find(|it| it.name.contains(symbol)) else {
            findings.push(format!("{what} {float}: no symbol has `{symbol}`"));
            continue;
        };
        let reached = reached(&functions, entry.name);
        for level in Level::ALL {
            let of_level = reached.iter().filter(|it| level.has(it));
            let loops: Vec<Counts<'_>> = of_level.flat_map(|it| loops_of(it, false)).collect();
            let (tiles, wrong) = check(level, &loops);
            let row = |(kernel, counts)| Row { kernel, level, float, counts };
            rows.extend(tiles.into_iter().map(row));
            findings.extend(wrong.into_iter().map(|it| format!("{it} ({level} {float})")));
        }
    }
    (rows, findings)
}

/// The functions of slices, and those of them that are not there.
fn slices(listing: &str) -> (Vec<Row<'_>>, Vec<String>) {
    let functions = functions(listing);
    let (mut rows, mut findings) = (Vec::new(), Vec::new());
    for kernel in KERNELS {
        for &float in FLOATS {
            let reached = reached(&functions, &kernel.symbol(float));
            for level in Level::ALL {
                let of_level = reached.iter().filter(|it| level.has(it));
                let counts = of_level.flat_map(|it| loops_of(it, kernel.slow_path)).collect();
                match busiest(counts) {
                    Some(counts) => {
                        rows.push(Row { kernel: kernel.name.into(), level, float, counts });
                    }
                    None => findings.push(format!("{} {level} {float}: no loop", kernel.name)),
                }
            }
        }
    }
    (rows, findings)
}

/// The loops of a function that work on vectors.
fn loops_of<'a>(function: &Function<'a>, slow_path: bool) -> Vec<Counts<'a>> {
    let loops = if slow_path { loops::shortest(function) } else { loops::innermost(function) };
    loops.iter().map(|it| Counts::of(function, it)).filter(|it| it.vectors > 0).collect()
}

/// Of a kernel's loops that with the most multiply-adds, or else instructions on vectors; with the
/// most spills and all calls of any.
fn busiest<'a>(loops: Vec<Counts<'a>>) -> Option<Counts<'a>> {
    let spills = loops.iter().map(|it| it.spills).max()?;
    let calls = loops.iter().flat_map(|it| it.calls.iter().copied()).collect();
    let busiest = loops.iter().max_by_key(|it| (it.fmas, it.vectors))?;
    Some(Counts { spills, calls, ..busiest.clone() })
}

/// The functions of a listing that one of them may call, itself included.
fn reached<'f, 'a>(functions: &'f [Function<'a>], entry: &str) -> Vec<&'f Function<'a>> {
    let by_name: HashMap<&str, &Function<'a>> = functions.iter().map(|it| (it.name, it)).collect();
    let mut seen = HashSet::new();
    let mut open: Vec<_> = by_name.get(entry).copied().into_iter().collect();
    let mut reached = Vec::new();
    while let Some(function) = open.pop() {
        if !seen.insert(function.name) {
            continue;
        }
        reached.push(function);
        let operands = function.instructions.iter().flat_map(|it| &it.operands);
        open.extend(operands.filter_map(|it| by_name.get(symbol(it)).copied()));
    }
    reached
}

/// A line for each function that a loop calls.
fn calls(row: &Row<'_>) -> Vec<String> {
    let line = row.counts.line;
    let finding = |callee| format!("{row}: a call of `{callee}` (line {line} of the listing)");
    row.counts.calls.iter().map(finding).collect()
}

/// All rows, with a line of names above them.
fn table(rows: &[Row<'_>]) -> String {
    let mut table = format!(
        "{:<16} {:<8} {:<4} {:>5} {:>5} {:>6} {:>5}\n",
        "kernel", "level", "type", "FMAs", "loads", "spills", "calls"
    );
    for row in rows {
        let Row { kernel, level, float, counts } = row;
        let loads = counts.loads + counts.broadcasts;
        let (fmas, spills, calls) = (counts.fmas, counts.spills, counts.calls.len());
        // Writing to a String cannot fail.
        let _ = write!(
            table,
            "{kernel:<16} {level:<8} {float:<4} {fmas:>5} {loads:>5} {spills:>6} {calls:>5}"
        );
        if let Some(reason) = known::reason(row) {
            let _ = write!(table, "  {reason}");
        }
        table.push('\n');
    }
    table
}

#[cfg(test)]
mod tests {
    use super::{PRODUCTS, calls, slices, table, tiles};

    /// A function with a loop of these instructions.
    fn function(name: &str, body: &str) -> String {
        format!(
            "\t.type\t{name},@function\n{name}:\n.L{name}:\n{body}\n\tjne\t.L{name}\n\tretq\n\
            .Lfunc_end_{name}:\n"
        )
    }

    const AVX2: &str = "_ZN13neuropil_simd4arch4avx23run17h01E";
    const AVX512: &str = "_ZN13neuropil_simd4arch6avx5123run17h01E";

    #[test]
    fn kernels_are_found_from_their_symbol_at_each_level() {
        let jump =
            |symbol| format!("\tjne\t.Lnone\n\tcallq\t{symbol}\n\tcallq\t*{AVX512}@GOTPCREL(%rip)");
        let listing = function("exp_f32", &jump("_ZN3mapE"))
            + &function("_ZN3mapE", &format!("\tcallq\t{AVX2}"))
            + &function(AVX2, "\tvfmadd231ps\t(%rsi), %ymm1, %ymm2")
            + &function(AVX512, "\tvaddps\t%zmm1, %zmm2, %zmm2\n\tcallq\tfmaf");
        let (rows, findings) = slices(&listing);
        let shown: Vec<String> = rows.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["exp avx2 f32", "exp avx512 f32"]);
        assert_eq!((rows[0].counts.fmas, rows[0].counts.loads), (1, 1));
        assert!(findings.contains(&"exp avx2 f64: no loop".into()), "{findings:?}");

        assert!(calls(&rows[0]).is_empty());
        assert_eq!(calls(&rows[1]), ["exp avx512 f32: a call of `fmaf` (line 27 of the listing)"]);
        assert_eq!(table(&rows).lines().count(), 3);
    }

    #[test]
    fn products_that_are_not_there_are_findings() {
        let listing = function("other", "\taddl\t%eax, %eax");
        let (rows, findings) = tiles(&listing, "gemm", PRODUCTS, super::tiles::check);
        assert!(rows.is_empty());
        assert_eq!(findings.len(), 2, "{findings:?}");

        let single = "_ZN15neuropil_tensor4work4work6single17h01E";
        let listing = function(single, &format!("\tcallq\t{AVX2}"))
            + &function(AVX2, "\tvfmadd231ps\t(%rsi), %ymm1, %ymm2");
        let (_, findings) = tiles(&listing, "gemm", PRODUCTS, super::tiles::check);
        let tiles_of = |level: &str| findings.iter().filter(|it| it.contains(level)).count();
        // All tiles, and a loop of no tile.
        assert_eq!((tiles_of("(avx2 f32)"), tiles_of("(avx512 f32)")), (15, 19), "{findings:?}");
    }
}
