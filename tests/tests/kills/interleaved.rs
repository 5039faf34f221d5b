//! Two copies of one message: the first stops at each of its calls, the second runs to its end meanwhile.

use tests::{Fault, Faults, Lab, Reply};

use super::{buyer, good_lead, lab, only_approved, post};

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

#[tokio::test]
async fn two_buyers_of_one_lead_are_each_asked_once_wherever_one_of_them_holds_the_worker_up() {
    let buyers = || vec![buyer("1", [Reply::accept("B-1")]), buyer("2", [Reply::accept("B-2")])];
    for (at, pause) in (0..10).flat_map(|at| [(at, Fault::PauseBefore), (at, Fault::PauseAfter)]) {
        let mut lab = lab(2, buyers()).await;
        post(&lab, &Faults::default(), None, &good_lead()).await;
        let messages = lab.messages().await;
        assert_eq!(messages.len(), 2);
        let (held_up, quiet) = (Faults::at([(at, pause)]), Faults::default());
        let first = async {
            let done = lab.handle(&held_up, &messages[0]).await;
            // It may be done before it gets that far; then nobody has to wait for it.
            held_up.let_go();
            done
        };
        let second = async {
            held_up.paused().await;
            let done = lab.handle(&quiet, &messages[1]).await;
            held_up.resume();
            done
        };
        let (first, second) = tokio::join!(first, second);
        assert!(first && second, "{pause:?} at call {at}");
        lab.drain(&Faults::default()).await;
        lab.verify().await;
        lab.replay_everything().await;
        let lead = only_approved(&lab).await;
        assert_eq!((lead.standing_sales().count(), lab.requests()), (2, vec![1, 1]), "{pause:?} at call {at}");
    }
}
