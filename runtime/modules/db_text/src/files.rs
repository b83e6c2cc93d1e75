//! The thread that reads files for others, so that no worker waits for a disk.

use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};

use parking_lot::Mutex;

/// Requests that may wait.
const WAITING_MAX: usize = 1024;

/// Something to do with a file.
pub type Job = Box<dyn FnOnce() + Send>;

/// The queue of the thread, which is started with the first request.
#[derive(Default)]
pub struct Files(Mutex<Option<SyncSender<Job>>>);

impl Files {
    /// Leaves something to the thread; `false` when too much is waiting or there is no thread.
    pub fn queue(&self, job: Job) -> bool {
        let mut sender = self.0.lock();
        if sender.is_none() {
            *sender = start();
        }
        match sender.as_ref().map(|s| s.try_send(job)) {
            Some(Ok(())) => true,
            Some(Err(TrySendError::Disconnected(_))) => {
                *sender = None;
                false
            }
            Some(Err(TrySendError::Full(_))) | None => false,
        }
    }
}

fn start() -> Option<SyncSender<Job>> {
    let (sender, jobs) = sync_channel::<Job>(WAITING_MAX);
    let run = move || {
        while let Ok(job) = jobs.recv() {
            job();
        }
    };
    std::thread::Builder::new().name("db_text".to_owned()).spawn(run).ok().map(|_| sender)
}
