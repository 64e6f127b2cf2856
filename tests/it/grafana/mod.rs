//! Ways to Grafana and back: links, annotations, and what its dashboards read.

mod links;
