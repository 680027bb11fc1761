//! Functions and their instructions in what the compiler prints: AT&T syntax, x86-64, ELF.

use std::collections::{HashMap, HashSet};

/// A function of a listing.
#[derive(Debug)]
pub(super) struct Function<'a> {
    /// The symbol, mangled.
    pub name: &'a str,
    pub instructions: Vec<Instruction<'a>>,
    /// The instruction that a label stands before.
    labels: HashMap<&'a str, usize>,
}

/// One instruction.
#[derive(Debug, PartialEq)]
pub(super) struct Instruction<'a> {
    /// The line of the listing, from 1.
    pub line: usize,
    pub mnemonic: &'a str,
    /// In the order of the listing: the destination is last.
    pub operands: Vec<&'a str>,
}

/// Where control goes behind an instruction.
#[derive(Debug, PartialEq)]
pub(super) enum Flow<'a> {
    Next,
    Jump(&'a str),
    Branch(&'a str),
    /// A return, a call that does not come back, or a jump whose target a register holds.
    Out,
}

/// All functions of a listing, in order.
pub(super) fn functions(listing: &str) -> Vec<Function<'_>> {
    let mut functions: Vec<Function<'_>> = Vec::new();
    let mut names = HashSet::new();
    let mut inside = false;
    for (i, line) in listing.lines().enumerate() {
        // No operand of the compiler's has a `#`; comments do.
        let code = line.split('#').next().unwrap_or_default().trim_end();
        if let Some(label) = code.strip_suffix(':') {
            if names.contains(label) {
                let (instructions, labels) = (Vec::new(), HashMap::new());
                functions.push(Function { name: label, instructions, labels });
                inside = true;
            } else if label.starts_with(".Lfunc_end") {
                inside = false;
            } else if inside && let Some(function) = functions.last_mut() {
                function.labels.insert(label, function.instructions.len());
            }
            continue;
        }
        let mut words = code.trim_start().splitn(2, char::is_whitespace);
        let (first, rest) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        if first == ".type" {
            names.extend(rest.strip_suffix(",@function"));
        } else if inside
            && !first.is_empty()
            && !first.starts_with('.')
            && let Some(function) = functions.last_mut()
        {
            let instruction =
                Instruction { line: i + 1, mnemonic: first, operands: operands(rest.trim()) };
            function.instructions.push(instruction);
        }
    }
    functions
}

/// Splits at commas outside of parentheses.
fn operands(text: &str) -> Vec<&str> {
    let mut depth = 0_usize;
    text.split(|c: char| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    })
    .map(str::trim)
    .filter(|operand| !operand.is_empty())
    .collect()
}

impl Function<'_> {
    /// The instruction behind a label of this function.
    pub fn at(&self, label: &str) -> Option<usize> {
        self.labels.get(label).copied()
    }

    /// Whether `%rbp` points into the stack, rather than being a register like others.
    pub fn has_frame_pointer(&self) -> bool {
        self.instructions
            .iter()
            .any(|it| it.mnemonic.starts_with("mov") && it.operands == ["%rsp", "%rbp"])
    }
}

impl<'a> Instruction<'a> {
    /// The symbol that is called, or the operand that holds it.
    pub fn callee(&self) -> Option<&'a str> {
        let operand = self.operands.first()?;
        self.mnemonic.starts_with("call").then(|| symbol(operand))
    }

    /// Where control goes from here.
    pub fn flow(&self) -> Flow<'a> {
        if let Some(callee) = self.callee() {
            return if returns(callee) { Flow::Next } else { Flow::Out };
        }
        match (self.mnemonic, self.operands.first()) {
            ("jmp" | "jmpq", Some(target)) if target.starts_with(".L") => Flow::Jump(target),
            ("jmp" | "jmpq", _) => Flow::Out,
            (mnemonic, _) if mnemonic.starts_with("ret") || mnemonic == "ud2" => Flow::Out,
            (mnemonic, Some(target)) if mnemonic.starts_with('j') => Flow::Branch(target),
            _ => Flow::Next,
        }
    }
}

/// `name` of `*name@GOTPCREL(%rip)`.
pub(super) fn symbol(operand: &str) -> &str {
    let name = operand.trim_start_matches('*');
    name.split_once('@').map_or(name, |(name, _)| name)
}

/// Whether control comes back from a function. Behind a call from which it does not, the compiler
/// puts whatever comes next, and the two are no loop.
fn returns(callee: &str) -> bool {
    !["panic", "_fail", "Unwind_Resume", "handle_error", "handle_alloc_error"]
        .iter()
        .any(|word| callee.contains(word))
}

#[cfg(test)]
mod tests {
    use super::{Flow, functions};

    const LISTING: &str = "\
        \t.section\t.text.sum,\"ax\",@progbits\n\
        \t.type\tsum,@function\n\
        sum:\n\
        \t.cfi_startproc\n\
        \tmovq\t%rsp, %rbp\n\
        .LBB0_1:                                # =>This Inner Loop Header: Depth=1\n\
        \tvfmadd231ps\t-4(%rsi,%rax,4){1to16}, %zmm1, %zmm2 {%k1}\n\
        \tjne\t.LBB0_1\n\
        \tcallq\t*memset@GOTPCREL(%rip)\n\
        \tcallq\t_ZN4core9panicking5panic17h0E\n\
        .Lfunc_end0:\n\
        \t.long\t7\n\
        table:\n\
        \t.quad\t8\n";

    #[test]
    fn instructions_have_their_operands_and_labels_their_places() {
        let functions = functions(LISTING);
        assert_eq!(functions.len(), 1, "a table is no function: {functions:?}");
        let sum = &functions[0];
        assert_eq!((sum.name, sum.instructions.len()), ("sum", 5));
        assert_eq!(sum.at(".LBB0_1"), Some(1));
        assert!(sum.has_frame_pointer());
        let fma = &sum.instructions[1];
        assert_eq!((fma.mnemonic, fma.line), ("vfmadd231ps", 7));
        assert_eq!(fma.operands, ["-4(%rsi,%rax,4){1to16}", "%zmm1", "%zmm2 {%k1}"]);
    }

    #[test]
    fn control_leaves_with_a_panic_and_stays_with_other_calls() {
        let functions = functions(LISTING);
        let flows: Vec<_> = functions[0].instructions.iter().map(|it| it.flow()).collect();
        assert_eq!(flows[1..], [Flow::Next, Flow::Branch(".LBB0_1"), Flow::Next, Flow::Out]);
        assert_eq!(functions[0].instructions[3].callee(), Some("memset"));
    }
}
