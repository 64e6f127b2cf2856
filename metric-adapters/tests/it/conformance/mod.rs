//! One list of behaviours that every store speaking HTTP has, and what each store contributes to check it.
//!
//! A store that answers several questions in one request also has a function that returns its [`Together`], and its name in
//! the second list. A new store is a file in `stores/` with one function that returns its [`Store`], and its name in the list below.

mod batches;
mod behaviours;
mod faults;
mod stand_in;
mod store;
pub(crate) mod stores;

pub(crate) use store::{Special, Spelled, Store, Together};

/// Makes one test of each behaviour for each store.
macro_rules! conformance {
    ($($name:ident),+ $(,)?) => {
        $(mod $name {
            use super::{behaviours, faults, stores::$name::store};

            conformance!(@tests behaviours:
                asks_for_exactly_the_window, no_data_is_an_empty_answer, one_series_is_exact,
                many_series_keep_their_labels, gaps_stay_gaps, special_values, uneven_steps,
                samples_outside_the_window_are_left_out, one_instant_is_a_window, check_sends_credentials);
            conformance!(@tests faults:
                statuses_are_sorted_by_what_to_do, retry_after_is_honoured, an_error_passes,
                a_page_is_malformed, the_content_type_alone_refuses_nothing, a_cut_answer_is_no_answer, changed_answers_do_no_harm,
                a_broken_connection_is_unavailable, a_stalled_answer_times_out, a_slow_answer_times_out,
                a_huge_answer_is_stopped, too_many_series_are_refused, tls_failure_is_unavailable, unknown_hosts_are_unavailable,
                redirects_are_not_followed, secrets_stay_out_of_errors);
        })+
    };
    (@tests $kind:ident: $($behaviour:ident),+) => {
        $(#[tokio::test]
        async fn $behaviour() {
            $kind::$behaviour(&store()).await;
        })+
    };
}

conformance!(
    prometheus,
    influxdb_1,
    influxdb_2,
    influxdb_3_sql,
    influxdb_3_influxql,
    datadog_1,
    datadog_2,
    graphite,
    signalfx,
    web,
    cloudwatch,
    newrelic,
    dynatrace,
    loki,
    elasticsearch,
    atlas,
    wavefront,
);

/// The same for stores that answer several questions in one request.
macro_rules! batches {
    ($($name:ident),+ $(,)?) => {
        mod together {
            $(mod $name {
                use super::super::{batches, stores::$name::{store, together}};

                batches!(@tests each_question_has_its_own_answer, the_order_of_the_reply_does_not_matter, no_data_is_told_or_left_open,
                    what_is_missing_is_never_an_answer, a_reply_to_other_questions_is_refused, a_cut_reply_is_no_answer, errors_are_those_of_one_question,
                    a_huge_reply_is_stopped, changed_replies_do_no_harm);
            })+
        }
    };
    (@tests $($behaviour:ident),+ $(,)?) => {
        $(#[tokio::test]
        async fn $behaviour() {
            batches::$behaviour(&store(), &together()).await;
        })+
    };
}

batches!(influxdb_1, datadog_2, graphite);
