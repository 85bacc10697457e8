//! A part that few have: nothing but a pointer where it is as empty as it is in most.

use std::fmt;
use std::ops::Deref;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What is held where there is something to hold, and reads as empty where there is nothing. It is serialised as what it holds.
#[derive(Clone)]
pub struct Seldom<T>(Option<Box<T>>);

/// What an absent part reads as.
pub trait Absent: Default + PartialEq + 'static {
    /// The empty one.
    const ABSENT: &'static Self;
}

impl<T: PartialEq + 'static> Absent for Vec<T> {
    const ABSENT: &'static Vec<T> = &Vec::new();
}

impl<T: Absent> Seldom<T> {
    /// What is held, made where nothing is: to put something in.
    pub fn to_mut(&mut self) -> &mut T {
        self.0.get_or_insert_default()
    }

    /// What is held, where something was put in: to change it.
    pub fn present_mut(&mut self) -> Option<&mut T> {
        self.0.as_deref_mut()
    }

    /// What is held, or an empty one.
    pub fn into_inner(self) -> T {
        self.0.map(|held| *held).unwrap_or_default()
    }
}

impl<T> Seldom<Vec<T>>
where
    Vec<T>: Absent,
{
    /// Adds what there is to add; where that is nothing, nothing is made to hold it.
    pub fn extend(&mut self, more: impl IntoIterator<Item = T>) {
        let mut more = more.into_iter().peekable();
        if more.peek().is_some() {
            self.to_mut().extend(more);
        }
    }
}

impl<T: Absent> Deref for Seldom<T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.0.as_deref().unwrap_or(T::ABSENT)
    }
}

impl<T: Absent> From<T> for Seldom<T> {
    fn from(value: T) -> Seldom<T> {
        Seldom((value != *T::ABSENT).then(|| Box::new(value)))
    }
}

impl<'a, T> IntoIterator for &'a Seldom<Vec<T>>
where
    Vec<T>: Absent,
{
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

// Derived, these would tell one that is there and empty from one that is absent.
impl<T> Default for Seldom<T> {
    fn default() -> Seldom<T> {
        Seldom(None)
    }
}

impl<T: Absent> PartialEq for Seldom<T> {
    fn eq(&self, other: &Seldom<T>) -> bool {
        **self == **other
    }
}

impl<T: Absent + Eq> Eq for Seldom<T> {}

impl<T: Absent + fmt::Debug> fmt::Debug for Seldom<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: Absent + Serialize> Serialize for Seldom<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(serializer)
    }
}

impl<'de, T: Absent + Deserialize<'de>> Deserialize<'de> for Seldom<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Seldom<T>, D::Error> {
        T::deserialize(deserializer).map(Seldom::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_absent_takes_a_pointer_and_reads_and_compares_as_empty() {
        assert_eq!(size_of::<Seldom<Vec<u64>>>(), size_of::<usize>());
        let mut seldom: Seldom<Vec<u8>> = Seldom::default();
        assert!(seldom.is_empty() && seldom.present_mut().is_none());
        seldom.extend([]);
        assert!(seldom.present_mut().is_none());
        seldom.extend([7]);
        assert_eq!((seldom.len(), &seldom), (1, &Seldom::from(vec![7])));
        seldom.to_mut().clear();
        assert_eq!(seldom, Seldom::from(Vec::new()));
    }

    #[test]
    fn it_is_written_as_what_it_holds_and_read_again() {
        for held in [vec![], vec![1_u8, 2]] {
            let written = rmp_serde::to_vec(&Seldom::from(held.clone())).unwrap();
            assert_eq!(written, rmp_serde::to_vec(&held).unwrap());
            assert_eq!(rmp_serde::from_slice::<Seldom<Vec<u8>>>(&written).unwrap(), Seldom::from(held));
        }
    }
}
