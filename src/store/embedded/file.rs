//! The database: one file, or memory.

use std::{
    io,
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError, RwLock},
};

use redb::{
    Builder, Database, ReadTransaction, ReadableDatabase, WriteTransaction,
    backends::InMemoryBackend,
};

use crate::store::StoreError;

/// What the database may keep in memory of its file; runs are small, and read again seldom.
const CACHE: usize = 16 << 20;

/// Where runs are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// In memory: gone with the process.
    Memory,
    /// In this file.
    File(PathBuf),
}

/// The open database.
#[derive(Debug)]
pub(super) struct File {
    place: Place,
    /// After an input or output error the database refuses everything until it is opened anew: `None` meanwhile.
    database: RwLock<Option<Database>>,
    /// What that error was: others who meet its consequences are told the cause.
    cause: Mutex<Option<StoreError>>,
}

impl File {
    /// Opens the database, or makes it.
    ///
    /// # Errors
    /// The file cannot be used; memory always can.
    pub(super) fn open(place: Place) -> Result<Self, StoreError> {
        let database = RwLock::new(Some(open(&place)?));
        Ok(Self {
            place,
            database,
            cause: Mutex::default(),
        })
    }

    /// Reads. Blocks for as long as a few pages take to read.
    ///
    /// # Errors
    /// As the reading says, or the database cannot be read.
    pub(super) fn read<T>(
        &self,
        read: impl FnOnce(&ReadTransaction) -> Result<T, Failed>,
    ) -> Result<T, StoreError> {
        self.with(|database| read(&database.begin_read()?))
    }

    /// Writes, all or nothing, and on disk when this returns. Blocks for as long as that takes.
    ///
    /// # Errors
    /// As the writing says, or the database cannot be written.
    pub(super) fn write<T>(
        &self,
        write: impl FnOnce(&WriteTransaction) -> Result<T, Failed>,
    ) -> Result<T, StoreError> {
        self.with(|database| {
            let transaction = database.begin_write()?;
            // Dropped without a commit, a transaction has changed nothing.
            let written = write(&transaction)?;
            transaction.commit()?;
            Ok(written)
        })
    }

    fn with<T>(&self, work: impl FnOnce(&Database) -> Result<T, Failed>) -> Result<T, StoreError> {
        self.open_anew()?;
        let done = {
            let database = self.database.read().unwrap_or_else(PoisonError::into_inner);
            match database.as_ref() {
                // Told before anybody who meets the consequences can close it.
                Some(database) => work(database).inspect_err(|failed| self.remember(failed)),
                None => Err(Failed::Store(self.cause(StoreError::Unavailable(
                    "its file is being opened anew".to_owned(),
                )))),
            }
        };
        done.map_err(|failed| match failed {
            Failed::Store(error) => error,
            Failed::Database(error) => {
                let previous = matches!(*error, redb::Error::PreviousIo);
                let failed = previous || matches!(*error, redb::Error::Io(_));
                let error = store_error(*error);
                if failed && self.place != Place::Memory {
                    // Others may be at work in it: then they meet the same error, and one of all closes it.
                    let mut database = self
                        .database
                        .write()
                        .unwrap_or_else(PoisonError::into_inner);
                    drop(database.take());
                }
                if previous { self.cause(error) } else { error }
            }
        })
    }

    fn remember(&self, failed: &Failed) {
        if let Failed::Database(error) = failed
            && let redb::Error::Io(error) = &**error
        {
            let error = store_error(redb::Error::Io(io::Error::new(
                error.kind(),
                error.to_string(),
            )));
            *self.cause.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        }
    }

    /// What the last input or output error was; `error` if there was none.
    fn cause(&self, error: StoreError) -> StoreError {
        let cause = self.cause.lock().unwrap_or_else(PoisonError::into_inner);
        cause.clone().unwrap_or(error)
    }

    fn open_anew(&self) -> Result<(), StoreError> {
        if self
            .database
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .is_some()
        {
            return Ok(());
        }
        let mut database = self
            .database
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if database.is_none() {
            *database = Some(open(&self.place)?);
        }
        Ok(())
    }
}

fn open(place: &Place) -> Result<Database, StoreError> {
    let mut builder = Builder::new();
    builder.set_cache_size(CACHE);
    match place {
        Place::Memory => builder
            .create_with_backend(InMemoryBackend::new())
            .map_err(|error| store_error(error.into())),
        Place::File(path) => {
            let named =
                |detail: String| StoreError::Unavailable(format!("{}: {detail}", path.display()));
            make_directory(path).map_err(|error| named(error.to_string()))?;
            builder
                .create(path)
                .map_err(|error| match store_error(error.into()) {
                    StoreError::Unavailable(detail) => named(detail),
                    error @ (StoreError::Full { .. }
                    | StoreError::NoSpace(_)
                    | StoreError::Unreadable(_)) => error,
                })
        }
    }
}

fn make_directory(file: &Path) -> io::Result<()> {
    match file.parent() {
        Some(directory) if !directory.as_os_str().is_empty() => std::fs::create_dir_all(directory),
        Some(_) | None => Ok(()),
    }
}

/// Why reading or writing failed.
pub(super) enum Failed {
    /// What is in the database, or may be put into it, does not fit.
    Store(StoreError),
    /// The database failed.
    Database(Box<redb::Error>),
}

impl From<StoreError> for Failed {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

macro_rules! from_database {
    ($($error:ty),*) => {$(
        impl From<$error> for Failed {
            fn from(error: $error) -> Self {
                Self::Database(Box::new(error.into()))
            }
        }
    )*};
}
from_database!(
    redb::TransactionError,
    redb::TableError,
    redb::StorageError,
    redb::CommitError
);

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the database has dozens of errors, and all but these mean the same here"
)]
fn store_error(error: redb::Error) -> StoreError {
    use io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
    match error {
        redb::Error::Io(error)
            if matches!(error.kind(), StorageFull | QuotaExceeded | FileTooLarge) =>
        {
            StoreError::NoSpace(error.to_string())
        }
        redb::Error::DatabaseAlreadyOpen => {
            StoreError::Unavailable("another process has it open".to_owned())
        }
        redb::Error::Corrupted(detail) => StoreError::Unreadable(detail),
        error => StoreError::Unavailable(error.to_string()),
    }
}
