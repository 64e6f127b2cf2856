//! What a metric asks its store.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, de};
use serinus_adapters::template::Template;
use utoipa::ToSchema;

/// A query with `${variables}`, checked for syntax when it is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct QueryTemplate {
    text: String,
    template: Template,
}

impl QueryTemplate {
    /// The parsed template.
    pub fn template(&self) -> &Template {
        &self.template
    }

    /// The query as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl TryFrom<String> for QueryTemplate {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        if text.trim().is_empty() {
            return Err("the query is empty".to_owned());
        }
        let template = Template::parse(&text).map_err(|error| error.to_string())?;
        Ok(Self { text, template })
    }
}

impl From<QueryTemplate> for String {
    fn from(query: QueryTemplate) -> Self {
        query.text
    }
}

/// What a metric asks: one query for its series, or two for errors counted out of requests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(untagged)]
pub enum MetricQuery {
    /// The series.
    #[schema(value_type = String)]
    Series(QueryTemplate),
    /// Counts per step.
    Counts(CountQueries),
}

/// The queries of a share: how many of how many were errors in each step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CountQueries {
    /// Errors in each step. No series where there are requests means no errors.
    #[schema(value_type = String, example = "sum(increase(http_requests_total{app=\"${scope}\",code=~\"5..\"}[${step}]))")]
    pub errors: QueryTemplate,
    /// Requests in each step.
    #[schema(value_type = String, example = "sum(increase(http_requests_total{app=\"${scope}\"}[${step}]))")]
    pub of: QueryTemplate,
}

/// Not derived, as an untagged enum would not say which of its parts is wrong.
impl<'de> Deserialize<'de> for MetricQuery {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl<'de> de::Visitor<'de> for Visitor {
            type Value = MetricQuery;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a query, or a pair of queries `errors` and `of`")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<MetricQuery, E> {
                let query = QueryTemplate::try_from(text.to_owned()).map_err(E::custom)?;
                Ok(MetricQuery::Series(query))
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<MetricQuery, A::Error> {
                let content = de::value::MapAccessDeserializer::new(map);
                CountQueries::deserialize(content).map(MetricQuery::Counts)
            }
        }
        deserializer.deserialize_any(Visitor)
    }
}
