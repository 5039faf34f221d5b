//! What a path costs: every call to AWS that it makes, with the capacity units that DynamoDB charges for it.

use std::{
    collections::BTreeMap,
    fmt,
    iter::Sum,
    ops::Add,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use aws_sdk_dynamodb::{
    config::{
        ConfigBag, Intercept, RuntimeComponents,
        interceptors::{
            BeforeSerializationInterceptorContextMut, BeforeSerializationInterceptorContextRef,
            FinalizerInterceptorContextRef,
        },
    },
    error::BoxError,
    operation::{
        batch_get_item::{BatchGetItemInput, BatchGetItemOutput},
        get_item::{GetItemInput, GetItemOutput},
        put_item::{PutItemInput, PutItemOutput},
        query::{QueryInput, QueryOutput},
        transact_write_items::{TransactWriteItemsInput, TransactWriteItemsOutput},
        update_item::{UpdateItemInput, UpdateItemOutput},
    },
    types::{ConsumedCapacity, ReturnConsumedCapacity},
};
use aws_smithy_runtime_api::client::{
    interceptors::context::{Input, Output},
    orchestrator::Metadata,
};
use aws_smithy_types::config_bag::{Storable, StoreReplace};

/// Capacity units. DynamoDB counts in halves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Units {
    halves: u64,
}

impl Units {
    /// This many whole units.
    pub const fn whole(units: u64) -> Self {
        Self { halves: units * 2 }
    }

    #[expect(
        clippy::float_arithmetic,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "so it is told"
    )]
    fn told(units: Option<f64>) -> Self {
        Self { halves: (units.unwrap_or_default() * 2.0).round() as u64 }
    }
}

impl Add for Units {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self { halves: self.halves + other.halves }
    }
}

impl Sum for Units {
    fn sum<I: Iterator<Item = Self>>(units: I) -> Self {
        units.fold(Self::default(), Add::add)
    }
}

impl fmt::Display for Units {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}{}", self.halves / 2, if self.halves.is_multiple_of(2) { "" } else { ".5" }))
    }
}

/// A call of AWS, and what it was charged for.
#[derive(Clone, Debug)]
struct Call {
    operation: String,
    refused: bool,
    started: Instant,
    ended: Instant,
    /// Units by table or by `table/index`.
    units: BTreeMap<String, Units>,
}

impl Call {
    fn is_read(&self) -> bool {
        matches!(&*self.operation, "GetItem" | "BatchGetItem" | "Query")
    }
}

/// Reads what passes through clients.
#[derive(Clone, Debug, Default)]
pub struct Meter(Arc<Mutex<Vec<Call>>>);

impl Meter {
    /// The client, with the meter in it.
    pub fn dynamodb(&self, client: &aws_sdk_dynamodb::Client) -> aws_sdk_dynamodb::Client {
        aws_sdk_dynamodb::Client::from_conf(client.config().to_builder().interceptor(self.clone()).build())
    }

    /// The client, with the meter in it.
    pub fn sqs(&self, client: &aws_sdk_sqs::Client) -> aws_sdk_sqs::Client {
        aws_sdk_sqs::Client::from_conf(client.config().to_builder().interceptor(self.clone()).build())
    }

    /// Leaves the last call out: a test's own.
    pub fn forget_last(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop();
    }

    /// What was used since the last time, under a title. It is printed too.
    pub fn bill(&self, title: &str) -> Bill {
        let bill = Bill { calls: std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner)) };
        bill.print(title);
        bill
    }
}

/// What a path has used.
#[derive(Clone, Debug)]
pub struct Bill {
    calls: Vec<Call>,
}

impl Bill {
    /// Write units, of tables and indexes together.
    pub fn written(&self) -> Units {
        self.calls.iter().filter(|call| !call.is_read()).flat_map(|call| call.units.values().copied()).sum()
    }

    /// Read units, of tables and indexes together.
    pub fn read(&self) -> Units {
        self.calls.iter().filter(|call| call.is_read()).flat_map(|call| call.units.values().copied()).sum()
    }

    /// The operations, in the order in which they were answered.
    pub fn operations(&self) -> Vec<&str> {
        self.calls.iter().map(|call| call.operation.as_str()).collect()
    }

    /// How many calls waited for each other: the longest row of them in which none began before the last had ended.
    pub fn in_a_row(&self) -> usize {
        let mut calls: Vec<&Call> = self.calls.iter().collect();
        calls.sort_by_key(|call| call.ended);
        let (mut row, mut free) = (0, None);
        for call in calls {
            if free.is_none_or(|free| call.started >= free) {
                (row, free) = (row + 1, Some(call.ended));
            }
        }
        row
    }

    /// This and another path's together.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.calls.extend(other.calls);
        self
    }

    /// Prints it item by item; equal items on one line.
    pub fn print(&self, title: &str) {
        let mut items: BTreeMap<(String, String), (usize, Units)> = BTreeMap::new();
        for call in &self.calls {
            let refused = if call.refused { " (refused: not told)" } else { "" };
            let operation = format!("{}{refused}", call.operation);
            let nothing = BTreeMap::from([("-".to_owned(), Units::default())]);
            for (place, units) in if call.units.is_empty() { &nothing } else { &call.units } {
                let item = items.entry((operation.clone(), place.clone())).or_default();
                *item = (item.0 + 1, item.1 + *units);
            }
        }
        let lines = items.iter().map(|((operation, place), (times, units))| {
            format!("  {operation:<38} {place:<28} ×{times:<4} {units:>6}\n")
        });
        let total = format!("{} WRU, {} RRU, {} calls", self.written(), self.read(), self.calls.len());
        eprintln!("{title}: {total}, {} in a row\n{}", self.in_a_row(), lines.collect::<String>());
    }
}

#[derive(Debug)]
struct Started(Instant);

impl Storable for Started {
    type Storer = StoreReplace<Self>;
}

impl Intercept for Meter {
    fn name(&self) -> &'static str {
        "Meter"
    }

    fn read_before_execution(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        cfg.interceptor_state().store_put(Started(Instant::now()));
        Ok(())
    }

    fn modify_before_serialization(
        &self,
        context: &mut BeforeSerializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        ask(context.input_mut());
        Ok(())
    }

    fn read_after_execution(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        cfg: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let output = context.output_or_error().and_then(Result::ok);
        let ended = Instant::now();
        let call = Call {
            operation: cfg.load::<Metadata>().map_or_else(String::new, |metadata| metadata.name().to_owned()),
            refused: output.is_none(),
            started: cfg.load::<Started>().map_or(ended, |started| started.0),
            ended,
            units: output.map(told).unwrap_or_default().into_iter().flat_map(items).collect(),
        };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(call);
        Ok(())
    }
}

/// Asks DynamoDB to say what a call used.
fn ask(input: &mut Input) {
    macro_rules! ask {
        ($($kind:ty),*) => {
            $(if let Some(input) = input.downcast_mut::<$kind>() {
                input.return_consumed_capacity = Some(ReturnConsumedCapacity::Indexes);
            })*
        };
    }
    ask!(BatchGetItemInput, GetItemInput, PutItemInput, QueryInput, TransactWriteItemsInput, UpdateItemInput);
}

/// What DynamoDB says that a call used.
fn told(output: &Output) -> Vec<ConsumedCapacity> {
    let mut told = Vec::new();
    macro_rules! read {
        ($($kind:ty),*) => {
            $(if let Some(output) = output.downcast_ref::<$kind>() {
                told.extend(output.consumed_capacity.clone());
            })*
        };
    }
    read!(GetItemOutput, PutItemOutput, QueryOutput, UpdateItemOutput);
    told.extend(
        output
            .downcast_ref::<BatchGetItemOutput>()
            .and_then(|output| output.consumed_capacity.clone())
            .into_iter()
            .flatten(),
    );
    told.extend(
        output
            .downcast_ref::<TransactWriteItemsOutput>()
            .and_then(|output| output.consumed_capacity.clone())
            .into_iter()
            .flatten(),
    );
    told
}

/// The parts of one table's bill.
fn items(told: ConsumedCapacity) -> Vec<(String, Units)> {
    let table = told.table_name.unwrap_or_default();
    let indexes = told.global_secondary_indexes.into_iter().flatten();
    let indexes = indexes.map(|(name, used)| (format!("{table}/{name}"), Units::told(used.capacity_units)));
    let mut items: Vec<_> = indexes.filter(|(_, units)| *units > Units::default()).collect();
    items.push((table, Units::told(told.table.and_then(|used| used.capacity_units))));
    items
}
