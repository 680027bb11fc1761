//! The loops of a function, found in its graph of jumps wherever their blocks lie.

use std::{cmp::Reverse, collections::BinaryHeap, iter::successors};

use super::listing::{Flow, Function};

/// A graph of basic blocks: runs of instructions that are entered at the first and left at the last.
struct Graph {
    /// First instruction of each block, and the one behind its last.
    blocks: Vec<(usize, usize)>,
    next: Vec<Vec<usize>>,
}

/// The instructions of each loop that has no other within, in the order of the listing.
///
/// A jump to where a register points, as to a case of a `match`, counts as the end: a loop around it
/// may be missed, and such a loop is none that a kernel should spend its time in.
pub(super) fn innermost(function: &Function<'_>) -> Vec<Vec<usize>> {
    let graph = Graph::of(function);
    let mut loops = Vec::new();
    let all: Vec<usize> = (0..graph.blocks.len()).collect();
    graph.descend(&all, &mut Vec::new(), &mut loops);
    loops.sort();
    loops
}

/// The instructions of the shortest way round each loop that lies in no other: what is done where
/// nothing is difficult.
pub(super) fn shortest(function: &Function<'_>) -> Vec<Vec<usize>> {
    let graph = Graph::of(function);
    let all: Vec<usize> = (0..graph.blocks.len()).collect();
    let cycles = graph.cycles(&all, &[]);
    let mut loops: Vec<Vec<usize>> = cycles.iter().map(|cycle| graph.way_round(cycle)).collect();
    loops.sort();
    loops
}

impl Graph {
    fn of(function: &Function<'_>) -> Self {
        let flows: Vec<Flow<'_>> = function.instructions.iter().map(|it| it.flow()).collect();
        let mut starts = vec![0, flows.len()];
        for (i, flow) in flows.iter().enumerate() {
            if let Flow::Jump(label) | Flow::Branch(label) = flow {
                starts.extend(function.at(label));
            }
            if *flow != Flow::Next {
                starts.push(i + 1);
            }
        }
        starts.sort_unstable();
        starts.dedup();

        let blocks: Vec<(usize, usize)> = starts.windows(2).map(|it| (it[0], it[1])).collect();
        // A label behind the last instruction has no block.
        let block_at = |i: usize| starts[..blocks.len()].binary_search(&i).ok();
        let block_of = |label: &str| function.at(label).and_then(block_at);
        let next = blocks
            .iter()
            .map(|&(_, end)| {
                let behind = block_at(end);
                match flows[end - 1] {
                    Flow::Next => behind.into_iter().collect(),
                    Flow::Jump(label) => block_of(label).into_iter().collect(),
                    Flow::Branch(label) => behind.into_iter().chain(block_of(label)).collect(),
                    Flow::Out => Vec::new(),
                }
            })
            .collect();
        Self { blocks, next }
    }

    /// Finds the loops among some blocks: those that can reach each other. Without the jumps back to
    /// where it is entered, a loop falls apart into the loops within it, or into none.
    fn descend(&self, among: &[usize], cut: &mut Vec<usize>, loops: &mut Vec<Vec<usize>>) -> bool {
        let mut found = false;
        for cycle in self.cycles(among, cut) {
            found = true;
            cut.push(self.head(&cycle));
            if cycle.len() == 1 || !self.descend(&cycle, cut, loops) {
                loops.push(self.instructions(&cycle));
            }
            cut.pop();
        }
        found
    }

    /// The block by which a loop is entered.
    fn head(&self, cycle: &[usize]) -> usize {
        let inside = |block: &usize| cycle.binary_search(block).is_ok();
        let outside = (0..self.next.len()).filter(|block| !inside(block));
        let entered = outside.flat_map(|from| &self.next[from]).filter(|to| inside(to));
        *entered.min().unwrap_or(&cycle[0])
    }

    fn instructions(&self, blocks: &[usize]) -> Vec<usize> {
        blocks.iter().flat_map(|&block| self.blocks[block].0..self.blocks[block].1).collect()
    }

    /// The way from the head of a loop back to it with the fewest instructions.
    fn way_round(&self, cycle: &[usize]) -> Vec<usize> {
        let head = self.head(cycle);
        let len = |block: usize| self.blocks[block].1 - self.blocks[block].0;
        let mut from = vec![None; self.blocks.len()];
        let mut heap = BinaryHeap::from([Reverse((len(head), head, head))]);
        while let Some(Reverse((far, block, before))) = heap.pop() {
            if from[block].is_some() {
                continue;
            }
            from[block] = Some(before);
            for &to in self.next[block].iter().filter(|to| cycle.binary_search(to).is_ok()) {
                if to == head {
                    let back = |&block: &usize| from[block].filter(|_| block != head);
                    let mut way: Vec<usize> = successors(Some(block), back).collect();
                    way.sort_unstable();
                    return self.instructions(&way);
                }
                heap.push(Reverse((far + len(to), to, block)));
            }
        }
        self.instructions(cycle)
    }

    /// The sets of blocks that can reach each other without entering a block of `cut`, but from
    /// itself, each sorted.
    fn cycles(&self, among: &[usize], cut: &[usize]) -> Vec<Vec<usize>> {
        let mut inside = vec![false; self.blocks.len()];
        for &block in among {
            inside[block] = true;
        }
        let mut back = vec![Vec::new(); self.blocks.len()];
        let mut forth = vec![Vec::new(); self.blocks.len()];
        for &from in among {
            for &to in &self.next[from] {
                if !inside[to] || to != from && cut.contains(&to) {
                    continue;
                }
                forth[from].push(to);
                back[to].push(from);
            }
        }
        // Kosaraju: leave in the order of a first walk, then walk backwards from the last left.
        let mut order = Vec::new();
        let mut seen = vec![false; self.blocks.len()];
        for &root in among {
            walk(root, &forth, &mut seen, &mut order);
        }
        let mut seen = vec![false; self.blocks.len()];
        let mut cycles = Vec::new();
        for &root in order.iter().rev() {
            let mut set = Vec::new();
            walk(root, &back, &mut seen, &mut set);
            set.sort_unstable();
            if set.len() > 1 || set.len() == 1 && forth[set[0]].contains(&set[0]) {
                cycles.push(set);
            }
        }
        cycles
    }
}

/// Appends what can be reached and was not seen, each block after all that it leads to.
fn walk(root: usize, next: &[Vec<usize>], seen: &mut [bool], order: &mut Vec<usize>) {
    if seen[root] {
        return;
    }
    seen[root] = true;
    let mut path = vec![(root, 0)];
    while let Some((block, tried)) = path.last_mut() {
        match next[*block].get(*tried) {
            Some(&to) => {
                *tried += 1;
                if !seen[to] {
                    seen[to] = true;
                    path.push((to, 0));
                }
            }
            None => {
                order.push(*block);
                path.pop();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{innermost, shortest};
    use crate::asm::listing::{Function, functions};

    /// The instructions of each loop that is found in a body, joined.
    fn found(body: &str, find: fn(&Function<'_>) -> Vec<Vec<usize>>) -> Vec<String> {
        let listing = format!("\t.type\tf,@function\nf:\n{body}.Lfunc_end0:\n");
        let function = &functions(&listing)[0];
        let name = |i: &usize| function.instructions[*i].mnemonic;
        let words = |it: &Vec<usize>| it.iter().map(name).collect::<Vec<_>>().join(" ");
        find(function).iter().map(words).collect()
    }

    fn loops(body: &str) -> Vec<String> {
        found(body, innermost)
    }

    #[test]
    fn only_the_loop_within_is_innermost() {
        let nested = "\tmov\n.L1:\n\tadd\n.L2:\n\tfma\n\tjne\t.L2\n\tsub\n\tjne\t.L1\n\tret\n";
        assert_eq!(loops(nested), ["fma jne"]);
        assert_eq!(loops("\tmov\n\tjne\t.L1\n\tadd\n.L1:\n\tret\n"), [""; 0]);
    }

    #[test]
    fn two_loops_side_by_side_in_one_are_two() {
        let two = ".L0:\n.L1:\n\tfma\n\tjne\t.L1\n.L2:\n\tadd\n\tjne\t.L2\n\tjmp\t.L0\n";
        assert_eq!(loops(two), ["fma jne", "add jne"]);
    }

    #[test]
    fn a_block_that_was_moved_behind_the_end_belongs_to_its_loop() {
        let moved = ".L1:\n\tfma\n\tje\t.L9\n.L2:\n\tjne\t.L1\n\tret\n.L9:\n\tmul\n\tjmp\t.L2\n";
        assert_eq!(loops(moved), ["fma je jne mul jmp"]);
    }

    #[test]
    fn a_panic_closes_no_loop() {
        let panic = ".L1:\n\tfma\n\tje\t.L9\n\tjne\t.L1\n\tret\n.L9:\n\tcallq\tpanic_bounds_check\n\
            .L3:\n\tadd\n\tjmp\t.L1\n";
        assert_eq!(loops(panic), ["fma je jne"]);
    }

    #[test]
    fn the_shortest_way_round_leaves_out_what_is_difficult() {
        let slow = ".L1:\n\tfma\n\tje\t.L9\n.L2:\n\tjne\t.L1\n\tret\n\
            .L9:\n\tmul\n.L3:\n\tcallq\tslow\n\tjne\t.L3\n\tjmp\t.L2\n";
        assert_eq!(found(slow, shortest), ["fma je jne"]);
        assert_eq!(loops(slow), ["callq jne"]);
    }
}
