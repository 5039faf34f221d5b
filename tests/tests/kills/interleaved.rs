//! Two copies of one message: the first stops at each of its calls, the second runs to its end meanwhile.

use tests::{Fault, Faults, Lab, Reply};

use super::{buyer, good_lead, lab, post};

async fn ready() -> Lab {
    let buyers = vec![buyer("1", [Reply::reject("no")]), buyer("2", [Reply::accept("B-2")])];
    let lab = lab(1, buyers).await;
    post(&lab, &Faults::default(), None, &good_lead()).await;
    lab
}

/// How many calls one message takes.
async fn calls() -> usize {
    let mut lab = ready().await;
    let message = lab.messages().await.remove(0);
    let quiet = Faults::default();
    assert!(lab.handle(&quiet, &message).await);
    quiet.calls().len()
}

#[tokio::test]
async fn two_workers_with_the_same_message_make_one_request_wherever_the_first_is_held_up() {
    let calls = calls().await;
    assert!(calls > 5);
    for (at, pause) in (0..calls).flat_map(|at| [(at, Fault::PauseBefore), (at, Fault::PauseAfter)]) {
        let mut lab = ready().await;
        let message = lab.messages().await.remove(0);
        let (held_up, quiet) = (Faults::at([(at, pause)]), Faults::default());
        let first = lab.handle(&held_up, &message);
        let second = async {
            held_up.paused().await;
            let done = lab.handle(&quiet, &message).await;
            held_up.resume();
            done
        };
        let (_, second) = tokio::join!(first, second);
        assert!(second, "{pause:?} at call {at}: the second copy is acknowledged or put back");
        lab.drain(&Faults::default()).await;
        lab.verify().await;
        lab.replay_everything().await;
        assert_eq!(lab.requests(), [1, 1], "{pause:?} at call {at}");
    }
}
