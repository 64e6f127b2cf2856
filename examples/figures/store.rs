//! A store of metrics for nothing but measuring.

use std::{
    io::{Read, Write},
    net::TcpListener,
};

use anyhow::Result;
use serde_json::json;

/// A store that answers at once: the smallest HTTP server, one thread per connection, with 60 samples that differ by side.
pub(crate) fn constant_store() -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", listener.local_addr()?);
    let [a, b] = [1.0, 1.003].map(response);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let (a, b) = (a.clone(), b.clone());
            std::thread::spawn(move || {
                let mut buffer = [0_u8; 16 * 1024];
                // A connection that ends is how a client leaves.
                while let Ok(read @ 1..) = stream.read(&mut buffer) {
                    let request = String::from_utf8_lossy(&buffer[..read]);
                    // The header may come before the body; only the body holds the query.
                    if !request.contains("query=") {
                        continue;
                    }
                    let answer = if request.contains("%3D%22b%22") {
                        &b
                    } else {
                        &a
                    };
                    if stream.write_all(answer).is_err() {
                        break;
                    }
                }
            });
        }
    });
    Ok(url)
}

fn response(scale: f64) -> Vec<u8> {
    let values: Vec<_> = (1..=60_u32)
        .map(|minute| {
            let value = scale * (1.0 + 0.1 * (f64::from(minute) * 0.618_034).fract());
            json!([1_768_381_200 + i64::from(minute) * 60, value.to_string()])
        })
        .collect();
    let body = json!({
        "status": "success",
        "data": {"resultType": "matrix", "result": [{"metric": {}, "values": values}]},
    })
    .to_string();
    format!(
        "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}
