//! What modules attach to a message or a transaction, one value per type.

use std::any::{Any, TypeId};

use smallvec::SmallVec;

/// Values by type; few, so a list.
#[derive(Default)]
pub struct Extensions(SmallVec<[(TypeId, Box<dyn Any + Send>); 2]>);

impl std::fmt::Debug for Extensions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Extensions({})", self.0.len())
    }
}

impl Extensions {
    /// The value of a type.
    pub fn get<T: Any + Send>(&self) -> Option<&T> {
        self.0.iter().find(|(id, _)| *id == TypeId::of::<T>()).and_then(|(_, v)| v.downcast_ref())
    }

    /// The value of a type, to change.
    pub fn get_mut<T: Any + Send>(&mut self) -> Option<&mut T> {
        self.0.iter_mut().find(|(id, _)| *id == TypeId::of::<T>()).and_then(|(_, v)| v.downcast_mut())
    }

    /// The value of a type, made when missing.
    pub fn get_or_default<T: Any + Send + Default>(&mut self) -> &mut T {
        if self.get::<T>().is_none() {
            self.insert(T::default());
        }
        self.get_mut().expect("inserted above")
    }

    /// Sets the value of a type.
    pub fn insert<T: Any + Send>(&mut self, value: T) {
        self.remove::<T>();
        self.0.push((TypeId::of::<T>(), Box::new(value)));
    }

    /// Takes the value of a type out.
    pub fn remove<T: Any + Send>(&mut self) -> Option<T> {
        let at = self.0.iter().position(|(id, _)| *id == TypeId::of::<T>())?;
        self.0.remove(at).1.downcast().ok().map(|b| *b)
    }

    /// Moves everything of `other` here.
    pub fn absorb(&mut self, other: Extensions) {
        for entry in other.0 {
            self.0.retain(|(id, _)| *id != entry.0);
            self.0.push(entry);
        }
    }
}
