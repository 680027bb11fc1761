//! What goes between `compare` and the program of a peer, either way: a line of JSON, and behind it
//! the numbers of the arrays that it lists, little-endian.
//!
//! ```text
//! {"do":"prepare","work":{..},"arrays":[{"type":"f32","len":2}]}\n
//! 00 00 80 3f 00 00 00 40
//! ```
//!
//! Package `peers` has this file too; `peers/python/protocol.py` is the same in Python.

use std::{
    error, fmt,
    io::{self, BufRead, Read, Write},
};

use serde_json::{Value, json};

/// The most bytes of a line; numbers stand behind it.
const LONGEST: u64 = 1 << 20;

/// Numbers of one type.
#[derive(Clone, Debug, PartialEq)]
pub enum Array {
    /// `f32`
    F32(Vec<f32>),
    /// `f64`
    F64(Vec<f64>),
    /// Labels.
    U32(Vec<u32>),
}

impl Array {
    /// How many numbers.
    pub fn len(&self) -> usize {
        match self {
            Self::F32(numbers) => numbers.len(),
            Self::F64(numbers) => numbers.len(),
            Self::U32(numbers) => numbers.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The numbers as `f64`, which holds those of each type.
    pub fn to_f64(&self) -> Vec<f64> {
        match self {
            Self::F32(numbers) => numbers.iter().map(|&x| f64::from(x)).collect(),
            Self::F64(numbers) => numbers.clone(),
            Self::U32(numbers) => numbers.iter().map(|&x| f64::from(x)).collect(),
        }
    }

    fn description(&self) -> Value {
        let name = match self {
            Self::F32(_) => "f32",
            Self::F64(_) => "f64",
            Self::U32(_) => "u32",
        };
        json!({ "type": name, "len": self.len() })
    }

    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::F32(numbers) => numbers.iter().flat_map(|x| x.to_le_bytes()).collect(),
            Self::F64(numbers) => numbers.iter().flat_map(|x| x.to_le_bytes()).collect(),
            Self::U32(numbers) => numbers.iter().flat_map(|x| x.to_le_bytes()).collect(),
        }
    }

    fn read(description: &Value, from: &mut impl Read) -> Result<Self, MessageError> {
        let wrong = || MessageError::Wrong(format!("{description} describes no array"));
        let len = description["len"].as_u64().ok_or_else(wrong)?;
        let mut numbers = |size: u64| -> Result<Vec<u8>, MessageError> {
            let all = len.checked_mul(size).ok_or_else(wrong)?;
            // Memory grows with what comes, not with what was announced.
            let mut bytes = Vec::new();
            from.by_ref().take(all).read_to_end(&mut bytes)?;
            if bytes.len() as u64 == all { Ok(bytes) } else { Err(MessageError::Ended) }
        };
        fn words<const N: usize>(bytes: &[u8]) -> impl Iterator<Item = [u8; N]> {
            bytes.chunks_exact(N).map(|word| word.try_into().expect("a chunk of N bytes"))
        }
        match description["type"].as_str() {
            Some("f32") => Ok(Self::F32(words(&numbers(4)?).map(f32::from_le_bytes).collect())),
            Some("f64") => Ok(Self::F64(words(&numbers(8)?).map(f64::from_le_bytes).collect())),
            Some("u32") => Ok(Self::U32(words(&numbers(4)?).map(u32::from_le_bytes).collect())),
            _ => Err(wrong()),
        }
    }
}

/// Why a message could not be read.
#[derive(Debug)]
#[non_exhaustive]
pub enum MessageError {
    /// The other program ended inside a message or before one.
    Ended,
    /// What came is none.
    Wrong(String),
    /// The system refused.
    Io(io::Error),
}

impl fmt::Display for MessageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ended => f.write_str("the program ended"),
            Self::Wrong(text) => write!(f, "no message: {text}"),
            Self::Io(error) => error.fmt(f),
        }
    }
}

impl error::Error for MessageError {}

impl From<io::Error> for MessageError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// Writes an object, with `arrays` as its member of that name, and their numbers.
///
/// # Errors
/// If the system refuses.
///
/// # Panics
/// If `head` is no object.
pub fn write(to: &mut impl Write, mut head: Value, arrays: &[Array]) -> io::Result<()> {
    let descriptions = arrays.iter().map(Array::description).collect();
    head.as_object_mut().expect("a message is an object").insert("arrays".into(), descriptions);
    // One text: a terminal may show it, and no line may break inside.
    writeln!(to, "{head}")?;
    for array in arrays {
        to.write_all(&array.bytes())?;
    }
    to.flush()
}

/// Reads an object and its arrays; `None` where the other side has closed.
///
/// # Errors
/// If what comes is no message, or ends inside one.
pub fn read(from: &mut impl BufRead) -> Result<Option<(Value, Vec<Array>)>, MessageError> {
    let mut line = String::new();
    from.by_ref().take(LONGEST).read_line(&mut line).map_err(|error| match error.kind() {
        io::ErrorKind::InvalidData => MessageError::Wrong("a line that is no UTF-8".into()),
        _ => MessageError::Io(error),
    })?;
    if line.is_empty() {
        return Ok(None);
    }
    let wrong = || MessageError::Wrong(format!("{:?}", line.chars().take(200).collect::<String>()));
    let head: Value = serde_json::from_str(&line).map_err(|_| wrong())?;
    let descriptions = head["arrays"].as_array().ok_or_else(wrong)?;
    let arrays = descriptions.iter().map(|description| Array::read(description, from));
    let arrays = arrays.collect::<Result<_, _>>()?;
    Ok(Some((head, arrays)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Array, read, write};

    #[test]
    fn a_message_comes_back_with_its_arrays() {
        let arrays = [
            Array::F32(vec![1.5, -0.0, f32::INFINITY]),
            Array::F64(vec![1e-300]),
            Array::U32(vec![7, u32::MAX]),
            Array::F32(Vec::new()),
        ];
        let mut bytes = Vec::new();
        write(&mut bytes, json!({ "do": "a\nb" }), &arrays).unwrap();
        write(&mut bytes, json!({ "do": "next" }), &[]).unwrap();
        let mut from = &bytes[..];
        let (head, read_arrays) = read(&mut from).unwrap().unwrap();
        assert_eq!(head["do"], "a\nb");
        assert_eq!(read_arrays, arrays);
        assert_eq!(read(&mut from).unwrap().unwrap().0["do"], "next");
        assert!(read(&mut from).unwrap().is_none());
    }

    #[test]
    fn what_is_no_message_is_said() {
        for (bytes, message) in [
            (&b"Segmentation fault\n"[..], "no message: \"Segmentation fault\\n\""),
            (b"{\"seconds\":1}\n", "no message: \"{\\\"seconds\\\":1}\\n\""),
            (b"\xff\n", "no message: a line that is no UTF-8"),
            (
                b"{\"arrays\":[{\"len\":1,\"type\":\"i8\"}]}\n",
                "no message: {\"len\":1,\"type\":\"i8\"} describes no array",
            ),
            (
                b"{\"arrays\":[{\"len\":-1,\"type\":\"f32\"}]}\n",
                "no message: {\"len\":-1,\"type\":\"f32\"} describes no array",
            ),
            (b"{\"arrays\":[{\"len\":2,\"type\":\"f32\"}]}\n1234567", "the program ended"),
            (
                b"{\"arrays\":[{\"len\":4000000000000,\"type\":\"f64\"}]}\n1234567",
                "the program ended",
            ),
        ] {
            assert_eq!(read(&mut &bytes[..]).unwrap_err().to_string(), message);
        }
    }
}
