//! The ledger: what has happened to leads and to buyers' credit, what it moves, and the numbers that it adds up to.
//!
//! Each event has one row, which is put once. It is counted by a *chunk*: a row that is written in one transaction with the
//! numbers of all events that name it, or not at all. An event whose chunk was not written is taken over by the next one;
//! before that its chunk is made void, so that its worker, should it still be there, can never write it. So each event is
//! counted once, however often, in whatever batches and by how many workers it is booked.

mod account;
mod book;
mod cells;
mod chunk;
mod claim;
mod counted;
mod credit;
mod event;
mod finder;
mod history;
mod journal;
mod order;
mod orders;
mod progress;
mod sums;

#[cfg(test)]
mod tests;

pub use self::{
    account::{AccountPeriod, AccountRow, Party},
    book::Booked,
    cells::{Cell, CellId, MAX_CELLS, Part, Span},
    chunk::ChunkId,
    event::{BookedEvent, CreditEvent, Happened, Owner},
    history::{BrokenAt, DoneToLead, History},
    journal::SETTLED_AFTER,
    order::CreditOrder,
    orders::{EditOutcome, Order, OrderKind},
    progress::Progress,
};
