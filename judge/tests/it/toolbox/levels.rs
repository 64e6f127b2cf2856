//! Checked numbers.

use serinus_judge::stats::{Alpha, Inflation, Power};

#[test]
fn levels_out_of_range_are_refused() {
    for wrong in [f64::NAN, 0.0, 1.0, -0.1, f64::INFINITY] {
        assert!(Alpha::new(wrong).is_err());
    }
    for wrong in [f64::NAN, 0.49, 1.0, f64::INFINITY] {
        assert!(Power::new(wrong).is_err());
    }
    for wrong in [f64::NAN, 0.99, -1.0, f64::INFINITY] {
        assert!(Inflation::new(wrong).is_err());
    }
    assert_eq!(Alpha::new(0.02).map(Alpha::get), Ok(0.02));
    assert_eq!(Power::new(0.5).map(Power::get), Ok(0.5));
    assert_eq!(Inflation::new(1.0), Ok(Inflation::NONE));
    let message = Alpha::new(2.0).unwrap_err().to_string();
    assert_eq!(message, "2 is not an error rate strictly between 0 and 1");
}
