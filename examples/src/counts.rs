//! What comes next by counting what came next before: what a network for text has to beat.

use std::collections::HashMap;

/// How often each token followed the tokens before it.
///
/// The probability of a token is that share, mixed with the one by a shorter context, which says
/// something where the longer was rarely seen or never (Witten and Bell, 1991): with n the times that
/// a context was seen and d the different tokens that followed it,
///
/// p(token | context) = (count + d p(token | context without its first)) / (n + d).
///
/// The last resort is that all tokens are equally likely.
#[derive(Clone, Debug)]
pub struct Counts {
    tokens: usize,
    /// For contexts of none, one, two... tokens, by their number in the base of the vocabulary.
    contexts: Vec<HashMap<u64, Context>>,
}

#[derive(Clone, Debug, Default)]
struct Context {
    seen: u32,
    /// Tokens that followed, and how often.
    followers: Vec<(u32, u32)>,
}

impl Counts {
    /// Counts a text of a vocabulary of so many tokens: each token with up to `length - 1` before it,
    /// which is called an n-gram of that length.
    ///
    /// # Panics
    /// If contexts so long have too many numbers, or `length` is zero.
    pub fn of(text: &[u32], tokens: usize, length: u32) -> Self {
        assert!((tokens as u64).checked_pow(length).is_some(), "n-grams have too many numbers");
        let mut contexts = vec![HashMap::<u64, Context>::new(); length as usize];
        for (place, &token) in text.iter().enumerate() {
            for (key, contexts) in keys(&text[..place], tokens).zip(&mut contexts) {
                let context = contexts.entry(key).or_default();
                context.seen += 1;
                match context.followers.iter_mut().find(|(follower, _)| *follower == token) {
                    Some((_, count)) => *count += 1,
                    None => context.followers.push((token, 1)),
                }
            }
        }
        Self { tokens, contexts }
    }

    /// How likely a token is after others.
    pub fn probability(&self, before: &[u32], token: u32) -> f64 {
        let mut probability = 1.0 / self.tokens as f64;
        for (key, contexts) in keys(before, self.tokens).zip(&self.contexts) {
            // A longer context has been seen no more than this.
            let Some(Context { seen, followers }) = contexts.get(&key) else { break };
            let found = followers.iter().find(|(follower, _)| *follower == token);
            let (count, different) = (found.map_or(0, |&(_, count)| count), followers.len() as f64);
            probability =
                (f64::from(count) + different * probability) / (f64::from(*seen) + different);
        }
        probability
    }

    /// The mean over a text of -ln of the probability of each token but the first, in nats.
    pub fn cost(&self, text: &[u32]) -> f64 {
        let nats = (1..text.len()).map(|at| -self.probability(&text[..at], text[at]).ln());
        nats.sum::<f64>() / text.len().saturating_sub(1) as f64
    }
}

/// The numbers of the last none, one, two... of these tokens, as far as there are any.
fn keys(before: &[u32], tokens: usize) -> impl Iterator<Item = u64> {
    let longer = before.iter().rev().scan((0, 1), move |(key, place), &token| {
        *key += u64::from(token) * *place;
        *place = place.wrapping_mul(tokens as u64); // not used any more once it wraps
        Some(*key)
    });
    std::iter::once(0).chain(longer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_mixed_with_those_of_shorter_contexts() {
        let counts = Counts::of(&[0, 1, 0, 1, 0, 2], 3, 2);
        let close = |a: f64, b: f64| (a - b).abs() < 1e-12;
        // Alone: 3, 2 and 1 of 6, with three different tokens.
        let alone = [3.0, 2.0, 1.0].map(|count| (count + 3.0 / 3.0) / (6.0 + 3.0));
        assert!((0..3).all(|token| close(counts.probability(&[], token), alone[token as usize])));
        // After 0: 1, 1, 2, so two different ones.
        for (token, count) in [(0, 0.0), (1, 2.0), (2, 1.0)] {
            let expected = (count + 2.0 * alone[token]) / (3.0 + 2.0);
            assert!(close(counts.probability(&[1, 0], token as u32), expected));
        }
        // Nothing came after 2.
        assert!(close(counts.probability(&[2], 1), alone[1]));
    }

    #[test]
    fn probabilities_add_up_to_one() {
        let text: Vec<u32> = (0..200_u32).map(|i| i * i % 7).collect();
        let counts = Counts::of(&text, 7, 4);
        for before in [&[][..], &[3], &[1, 4, 2], &[5, 5, 5, 5, 5]] {
            let sum: f64 = (0..7).map(|token| counts.probability(before, token)).sum();
            assert!((sum - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn the_cost_is_that_of_what_comes() {
        // After the first, everything is certain but for what is mixed in.
        let text = [0, 1].repeat(500);
        assert!(Counts::of(&text, 2, 2).cost(&text) < 0.01);
        let even = Counts::of(&[], 4, 3);
        assert!((even.cost(&[0, 1, 2, 3]) - 4.0_f64.ln()).abs() < 1e-12);
    }
}
