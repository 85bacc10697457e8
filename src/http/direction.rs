//! The two directions of a connection, by what is said in them.

/// What a stream consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MessageDirection {
    /// From the client.
    Requests,
    /// From the server.
    Responses,
}

impl MessageDirection {
    /// The other one.
    pub fn other(self) -> MessageDirection {
        match self {
            MessageDirection::Requests => MessageDirection::Responses,
            MessageDirection::Responses => MessageDirection::Requests,
        }
    }
}
