//! What real exporters show of a population.

use crate::support::{Scrapes, load};

/// What a population suffers from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    None,
    /// Requests and records fail six times as often; answers differ.
    Errors,
    /// Everything takes 60 % longer.
    Slow,
    /// Requests in one region take 60 % longer.
    SlowInUs,
    /// CPU, memory and what hangs on them grow.
    Saturated,
    /// Containers restart again and again.
    Crashing,
    /// Records are not worked off.
    Stuck,
    /// Fewer visits reach their goal.
    Unliked,
}

/// The new or the old version of a service: instances that differ lastingly.
#[derive(Debug, Clone, Copy)]
pub(super) struct Population {
    pub(super) name: &'static str,
    pub(super) fault: Fault,
    pub(super) instances: u32,
}

impl Population {
    /// `factor` under this fault, otherwise 1.
    fn under(self, fault: Fault, factor: f64) -> f64 {
        if self.fault == fault { factor } else { 1.0 }
    }

    /// How much an instance differs from the others: as much on either side, in another order.
    fn lasting(self, instance: u32) -> f64 {
        let turned = (instance + u32::try_from(self.name.len()).unwrap_or_default()) % 6;
        0.94 + 0.024 * f64::from(turned)
    }

    /// Labels of the targets of a job, instance by instance.
    fn targets(self) -> impl Iterator<Item = (u32, &'static str, String)> {
        (0..self.instances).map(move |instance| {
            let region = if instance < 3 { "eu" } else { "us" };
            let host = format!("{}-{instance}:8080", self.name);
            let job = self.name;
            let labels = format!("job=\"{job}\",instance=\"{host}\",region=\"{region}\"");
            (instance, region, labels)
        })
    }

    /// Labels of the pods of a Deployment, pod by pod.
    fn pods(self) -> impl Iterator<Item = (u32, String)> {
        (0..self.instances).map(move |pod| {
            let name = format!("{}-7d9f8c6b5d-k{pod}xzq", self.name);
            (pod, format!("namespace=\"shop\",pod=\"{name}\""))
        })
    }

    fn median(self, region: &str) -> f64 {
        let far = if region == "us" {
            1.5 * self.under(Fault::SlowInUs, 1.6)
        } else {
            1.0
        };
        0.08 * far * self.under(Fault::Slow, 1.6)
    }

    /// The usual HTTP metrics of client libraries.
    fn http(self, scrapes: &mut Scrapes, labels: &str, region: &str) {
        let bad = 0.01 * self.under(Fault::Errors, 6.0);
        for (code, share) in [("200", 1.0 - bad), ("500", bad)] {
            let labels = format!("{labels},code=\"{code}\"");
            scrapes.events("http_requests_total", &labels, |at| 20.0 * share * load(at));
        }
        let rate = |at| 20.0 * load(at);
        let name = "http_request_duration_seconds";
        scrapes.histogram(name, labels, rate, self.median(region));
    }

    /// The metrics every client library has of its process.
    fn process(self, scrapes: &mut Scrapes, labels: &str, lasting: f64) {
        let cpu = 0.4 * lasting * self.under(Fault::Saturated, 1.5);
        scrapes.seconds("process_cpu_seconds_total", labels, |at| cpu * load(at));
        let memory = 4e8 * lasting * self.under(Fault::Saturated, 1.6);
        scrapes.gauge("process_resident_memory_bytes", labels, |_| memory);
    }

    fn grpc(self, scrapes: &mut Scrapes, labels: &str, region: &str) {
        let bad = 0.006 * self.under(Fault::Errors, 6.0);
        let given_up = 0.01 * self.under(Fault::Slow, 2.0);
        let labels = format!("{labels},grpc_type=\"unary\",grpc_service=\"shop.Cart\"");
        for (code, share) in [
            ("OK", 1.0 - bad - given_up),
            ("Unavailable", bad / 2.0),
            ("Internal", bad / 2.0),
            ("Canceled", given_up),
        ] {
            let labels = format!("{labels},grpc_code=\"{code}\"");
            let rate = |at| 25.0 * share * load(at);
            scrapes.events("grpc_server_handled_total", &labels, rate);
        }
        let name = "grpc_server_handling_seconds";
        let rate = |at| 25.0 * load(at);
        scrapes.histogram(name, &labels, rate, self.median(region));
    }

    fn micrometer(self, scrapes: &mut Scrapes, labels: &str, region: &str, lasting: f64) {
        let bad = 0.01 * self.under(Fault::Errors, 6.0);
        // Of a timer with a histogram, the count is a series of its own for each status, as are the buckets.
        for (status, share) in [("200", 1.0 - bad), ("503", bad)] {
            let labels = format!("{labels},uri=\"/cart\",status=\"{status}\"");
            let name = "http_server_requests_seconds";
            let rate = |at| 20.0 * share * load(at);
            scrapes.histogram(name, &labels, rate, self.median(region));
        }
        let stress = self.under(Fault::Saturated, 1.6);
        for (cause, share) in [
            ("G1 Evacuation Pause", 0.02),
            ("Metadata GC Threshold", 0.002),
        ] {
            let labels = format!("{labels},action=\"end of minor GC\",cause=\"{cause}\"");
            let rate = |at| share * lasting * stress * load(at);
            scrapes.seconds("jvm_gc_pause_seconds_sum", &labels, rate);
        }
        // The young generation fills in four minutes and is emptied; what survives is in the old one.
        let old = 3e8 * lasting * stress;
        for (pool, area) in [("G1 Eden Space", "heap"), ("G1 Old Gen", "heap")] {
            let labels = format!("{labels},area=\"{area}\",id=\"{pool}\"");
            let level = move |at: i64| {
                if pool == "G1 Old Gen" {
                    old
                } else {
                    2e7 + 1e6 * (at % 240) as f64
                }
            };
            scrapes.gauge("jvm_memory_used_bytes", &labels, level);
        }
        let threads = (60.0 * lasting * stress).round();
        scrapes.gauge("jvm_threads_live_threads", labels, |at| threads * load(at));
        let cpu = 0.3 * lasting * stress;
        scrapes.gauge("process_cpu_usage", labels, |at| cpu * load(at));
    }

    fn kafka(self, scrapes: &mut Scrapes, labels: &str, lasting: f64, start: i64) {
        let bad = 0.008 * self.under(Fault::Errors, 6.0);
        let done = self.under(Fault::Stuck, 0.5) * lasting;
        let listener = "spring_kafka_listener_seconds";
        for (result, share) in [("success", 1.0 - bad), ("failure", bad)] {
            let labels = format!("{labels},name=\"orders-0\",result=\"{result}\"");
            let rate = |at| 30.0 * done * share * load(at);
            scrapes.events(&format!("{listener}_count"), &labels, rate);
            let time = 0.012 * self.under(Fault::Slow, 1.6);
            let busy = |at| time * rate(at);
            scrapes.seconds(&format!("{listener}_sum"), &labels, busy);
        }
        let client = format!("{labels},client_id=\"consumer-orders-1\"");
        let consumed = |at| 30.0 * done * load(at);
        let name = "kafka_consumer_fetch_manager_records_consumed_total";
        scrapes.events(name, &client, consumed);
        let behind = move |at: i64| {
            let growing = if self.fault == Fault::Stuck {
                15.0
            } else {
                0.0
            };
            200.0 * lasting * load(at) + growing * (at - start) as f64
        };
        let name = "kafka_consumer_fetch_manager_records_lag_max";
        scrapes.gauge(name, &format!("{client},topic=\"orders\""), behind);
        // Once at the start; a stuck consumer is thrown out of its group every two minutes.
        let rebalances = move |at: i64| {
            let minutes = ((at - start) / 120) as f64;
            if self.fault == Fault::Stuck {
                1.0 + minutes
            } else {
                1.0
            }
        };
        let name = "kafka_consumer_coordinator_rebalance_total";
        scrapes.state(name, &client, rebalances);
    }

    /// A job that Prometheus scrapes directly, as every kind of service at once.
    pub(super) fn job(self, scrapes: &mut Scrapes, start: i64) {
        for (instance, region, labels) in self.targets() {
            let lasting = self.lasting(instance);
            self.http(scrapes, &labels, region);
            self.process(scrapes, &labels, lasting);
            self.grpc(scrapes, &labels, region);
            self.micrometer(scrapes, &labels, region, lasting);
            self.kafka(scrapes, &labels, lasting, start);
        }
    }

    /// A Deployment: what its pods, cAdvisor and kube-state-metrics show of it.
    pub(super) fn deployment(self, scrapes: &mut Scrapes, start: i64) {
        for (pod, labels) in self.pods() {
            let lasting = self.lasting(pod);
            self.http(scrapes, &labels, "eu");
            let container = format!("{labels},container=\"app\"");
            let cpu = 0.45 * lasting * self.under(Fault::Saturated, 2.0);
            let name = "container_cpu_usage_seconds_total";
            scrapes.seconds(name, &container, |at| cpu * load(at));
            // The pod's own cgroup, which holds all its containers' once more.
            let whole = format!("{labels},container=\"\"");
            scrapes.seconds(name, &whole, |at| cpu * load(at));
            let throttled = 0.02 * self.under(Fault::Saturated, 15.0);
            for (name, share) in [
                ("container_cpu_cfs_throttled_periods_total", throttled),
                ("container_cpu_cfs_periods_total", 1.0),
            ] {
                scrapes.events(name, &container, |at| 10.0 * share * load(at));
            }
            let memory = 2.5e8 * lasting * self.under(Fault::Saturated, 2.2);
            let name = "container_memory_working_set_bytes";
            scrapes.gauge(name, &container, |_| memory);
            for (resource, limit) in [("cpu", 1.0), ("memory", 5.5e8)] {
                let labels = format!("{container},resource=\"{resource}\"");
                let name = "kube_pod_container_resource_limits";
                scrapes.state(name, &labels, |_| limit);
            }
            // Half of the pods of a crashing release restart every five minutes and take two to be ready again.
            let crashes = self.fault == Fault::Crashing && pod < 3;
            let since = move |at: i64| at - start + 60 * i64::from(pod);
            let name = "kube_pod_container_status_restarts_total";
            let restarts = move |at| {
                if crashes {
                    (since(at) / 300) as f64
                } else {
                    0.0
                }
            };
            scrapes.state(name, &container, restarts);
            for condition in ["true", "false", "unknown"] {
                let labels = format!("{labels},condition=\"{condition}\"");
                let ready = move |at| {
                    let is = match crashes && since(at) % 300 < 120 {
                        true => "false",
                        false => "true",
                    };
                    f64::from(u8::from(is == condition))
                };
                scrapes.state("kube_pod_status_ready", &labels, ready);
            }
        }
    }

    /// One of two behaviours of an experiment (`Scientist4J` through Micrometer); the candidate counts what differs.
    pub(super) fn behaviour(self, scrapes: &mut Scrapes, experiment: &str) {
        let labels = "job=\"checkout\",instance=\"checkout-0:8080\"";
        let time = 0.02 * self.under(Fault::Slow, 1.6);
        let rate = |at| 50.0 * load(at);
        let prefix = format!("scientist_{experiment}");
        let timer = format!("{prefix}_{}_seconds", self.name);
        scrapes.events(&format!("{timer}_count"), labels, rate);
        scrapes.seconds(&format!("{timer}_sum"), labels, |at| time * rate(at));
        scrapes.gauge(&format!("{timer}_max"), labels, |at| 10.0 * time * load(at));
        if self.name == "candidate" {
            scrapes.events(&format!("{prefix}_total"), labels, rate);
            let differs = 0.0002 * self.under(Fault::Errors, 20.0);
            let name = format!("{prefix}_mismatch_total");
            scrapes.events(&name, labels, |at| differs * rate(at));
        }
    }

    /// A variation of a feature flag: OpenTelemetry's HTTP server metrics with its attributes.
    pub(super) fn variation(self, scrapes: &mut Scrapes) {
        let bad = 0.01 * self.under(Fault::Errors, 6.0);
        let reached = 0.1 * self.under(Fault::Unliked, 0.7);
        let flag = format!(
            "feature_flag_key=\"new-cart\",feature_flag_result_variant=\"{}\"",
            self.name
        );
        for (route, status, share) in [
            ("/cart", "200", 1.0 - bad - reached),
            ("/cart", "500", bad),
            ("/order", "201", reached),
        ] {
            let labels = format!(
                "job=\"shop/checkout\",{flag},http_route=\"{route}\",http_response_status_code=\"{status}\""
            );
            let rate = |at| 100.0 * share * load(at);
            let name = "http_server_request_duration_seconds";
            scrapes.histogram(name, &labels, rate, self.median("eu"));
        }
    }
}
