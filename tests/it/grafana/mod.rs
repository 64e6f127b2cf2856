//! Ways to Grafana and back: links, annotations, and what its dashboards read.

mod annotations;
mod infinity;
mod links;
mod stand_in;
