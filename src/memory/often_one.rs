//! A list that most often holds one element, which then stands where the list does: no memory of its own, and none to be found.

use std::ops::{Deref, DerefMut};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A list. It is serialised as any other.
#[derive(Clone, Debug)]
pub enum OftenOne<T> {
    /// One element.
    One(T),
    /// Another number of elements.
    Many(Vec<T>),
}

impl<T> OftenOne<T> {
    /// Adds an element at the end.
    pub fn push(&mut self, element: T) {
        *self = match std::mem::take(self) {
            OftenOne::One(first) => OftenOne::Many(vec![first, element]),
            OftenOne::Many(none) if none.is_empty() => OftenOne::One(element),
            OftenOne::Many(mut list) => {
                list.push(element);
                OftenOne::Many(list)
            }
        };
    }

    /// Lets go of room for more.
    pub fn shrink_to_fit(&mut self) {
        if let OftenOne::Many(list) = self {
            list.shrink_to_fit();
        }
    }
}

impl<T> Deref for OftenOne<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match self {
            OftenOne::One(element) => std::slice::from_ref(element),
            OftenOne::Many(list) => list,
        }
    }
}

impl<T> DerefMut for OftenOne<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        match self {
            OftenOne::One(element) => std::slice::from_mut(element),
            OftenOne::Many(list) => list,
        }
    }
}

impl<T> Default for OftenOne<T> {
    fn default() -> OftenOne<T> {
        OftenOne::Many(Vec::new())
    }
}

impl<T> From<Vec<T>> for OftenOne<T> {
    fn from(list: Vec<T>) -> OftenOne<T> {
        match <[T; 1]>::try_from(list) {
            Ok([element]) => OftenOne::One(element),
            Err(list) => OftenOne::Many(list),
        }
    }
}

impl<T> FromIterator<T> for OftenOne<T> {
    fn from_iter<I: IntoIterator<Item = T>>(elements: I) -> OftenOne<T> {
        OftenOne::from(elements.into_iter().collect::<Vec<T>>())
    }
}

impl<'a, T> IntoIterator for &'a OftenOne<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'a, T> IntoIterator for &'a mut OftenOne<T> {
    type Item = &'a mut T;
    type IntoIter = std::slice::IterMut<'a, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}

// A list of one may have been made in either way.
impl<T: PartialEq> PartialEq for OftenOne<T> {
    fn eq(&self, other: &OftenOne<T>) -> bool {
        **self == **other
    }
}

impl<T: Eq> Eq for OftenOne<T> {}

impl<T: PartialEq, const N: usize> PartialEq<[T; N]> for OftenOne<T> {
    fn eq(&self, other: &[T; N]) -> bool {
        **self == *other
    }
}

impl<T: Serialize> Serialize for OftenOne<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).serialize(serializer)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for OftenOne<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<OftenOne<T>, D::Error> {
        Vec::deserialize(deserializer).map(OftenOne::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads_and_is_written_as_the_list_that_it_is() {
        let mut list: OftenOne<u8> = OftenOne::default();
        for expected in [vec![], vec![1], vec![1, 2], vec![1, 2, 3]] {
            assert_eq!(*list, *expected);
            assert_eq!(matches!(list, OftenOne::One(_)), expected.len() == 1);
            assert_eq!(OftenOne::from(expected.clone()), list);
            let written = rmp_serde::to_vec(&list).unwrap();
            assert_eq!(written, rmp_serde::to_vec(&expected).unwrap());
            assert_eq!(rmp_serde::from_slice::<OftenOne<u8>>(&written).unwrap(), list);
            list.push(expected.len() as u8 + 1);
        }
        assert_eq!(OftenOne::Many(vec![7]), OftenOne::One(7));
    }
}
