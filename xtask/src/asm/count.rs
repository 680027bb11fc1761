//! What a loop does: its multiply-adds, what it reads, and what it should not do.

use super::listing::{Function, Instruction};

/// Counts over the instructions of one loop.
#[derive(Debug, Default, PartialEq, Eq, Clone)]
pub(super) struct Counts<'a> {
    /// The first line of the loop in the listing.
    pub line: usize,
    /// Instructions on vectors of 256 bits and more.
    pub vectors: usize,
    /// Multiply-adds of whole vectors.
    pub fmas: usize,
    /// Vectors read, but from the stack.
    pub loads: usize,
    /// Single numbers read and spread over a vector.
    pub broadcasts: usize,
    /// Vectors and masks that are read from the stack or written there.
    pub spills: usize,
    /// The functions called.
    pub calls: Vec<&'a str>,
}

impl<'a> Counts<'a> {
    pub fn of(function: &Function<'a>, instructions: &[usize]) -> Self {
        let stack: &[&str] =
            if function.has_frame_pointer() { &["(%rsp", "(%rbp"] } else { &["(%rsp"] };
        let mut counts = Self::default();
        for (i, &at) in instructions.iter().enumerate() {
            let it = &function.instructions[at];
            if i == 0 {
                counts.line = it.line;
            }
            counts.calls.extend(it.callee());
            counts.add(it, stack);
        }
        counts
    }

    fn add(&mut self, it: &Instruction<'_>, stack: &[&str]) {
        let memory = it.operands.iter().position(|operand| operand.contains('('));
        if let Some(at) = memory
            && stack.iter().any(|base| it.operands[at].contains(base))
        {
            self.spills += usize::from(is_vector(it) || it.mnemonic.starts_with("kmov"));
        } else if let Some(at) = memory {
            let reads = at + 1 < it.operands.len();
            let spread = it.mnemonic.starts_with("vbroadcast")
                || it.operands[at].contains("{1to")
                || matches!(it.mnemonic, "vmovss" | "vmovsd");
            if reads && spread {
                self.broadcasts += 1;
            } else if reads && is_vector(it) {
                self.loads += 1;
            }
        }
        self.vectors += usize::from(is_vector(it));
        self.fmas += usize::from(is_vector(it) && is_multiply_add(it.mnemonic));
    }
}

/// Whether a vector of 256 bits or more has part in it.
fn is_vector(it: &Instruction<'_>) -> bool {
    it.operands.iter().any(|operand| operand.contains("%ymm") || operand.contains("%zmm"))
}

/// `vfmadd231ps` and its like.
fn is_multiply_add(mnemonic: &str) -> bool {
    ["vfmadd", "vfnmadd", "vfmsub", "vfnmsub"].iter().any(|word| mnemonic.starts_with(word))
}

#[cfg(test)]
mod tests {
    use super::Counts;
    use crate::asm::listing::functions;

    /// The counts over a whole body.
    fn counts(body: &str) -> String {
        let listing = format!("\t.type\tf,@function\nf:\n{body}\n.Lfunc_end0:\n");
        let function = &functions(&listing)[0];
        let all: Vec<usize> = (0..function.instructions.len()).collect();
        let Counts { fmas, loads, broadcasts, spills, calls, .. } = Counts::of(function, &all);
        format!("{fmas} fmas {loads} loads {broadcasts} numbers {spills} spills {calls:?}")
    }

    #[test]
    fn a_step_of_a_tile_has_its_multiply_adds_and_nothing_else() {
        let step = "\tvmovups\t64(%rsi), %zmm1
            vbroadcastss\t(%rdi), %zmm2
            vfmadd231ps\t%zmm1, %zmm2, %zmm30
            vfmadd231ps\t(%rsi,%rax,4), %zmm2, %zmm31
            vfmadd231pd\t8(%rdi){1to8}, %zmm1, %zmm29
            vfmadd231ss\t%xmm3, %xmm4, %xmm5
            vmovups\t%zmm31, (%rdx)
            prefetcht0\t(%rdx)
            movq\t8(%rsp), %rcx";
        assert_eq!(counts(step), "3 fmas 2 loads 2 numbers 0 spills []");
    }

    #[test]
    fn vectors_and_masks_on_the_stack_are_spills_whether_written_or_read() {
        for spill in [
            "\tvmovups\t%zmm31, 1408(%rsp)",
            "\tvmovaps\t-64(%rsp,%rax), %ymm3",
            "\tvaddps\t192(%rsp), %ymm6, %ymm8",
            "\tvbroadcastss\t40(%rsp), %ymm8",
            "\tkmovw\t%k1, 12(%rsp)",
        ] {
            assert_eq!(counts(spill), "0 fmas 0 loads 0 numbers 1 spills []", "{spill}");
        }
        let by_frame = "\tvmovups\t%ymm1, -64(%rbp)";
        assert!(counts(by_frame).contains(" 0 spills"));
        assert!(counts(&format!("\tmovq\t%rsp, %rbp\n{by_frame}")).contains(" 1 spills"));
    }

    #[test]
    fn calls_are_named_also_if_they_do_not_return() {
        let calls = "\tcallq\t*fmaf@GOTPCREL(%rip)\n\tcallq\t_ZN4step17h0E\n\tcallq\t*%rbx";
        assert!(counts(calls).ends_with("[\"fmaf\", \"_ZN4step17h0E\", \"%rbx\"]"));
    }
}
