# Boundaries of group-sequential plans by rpact (Debian: r-cran-rpact), as boundaries.json.
#
#     Rscript boundaries.R > boundaries.json
#
# Two-sided; rpact integrates by itself, so this is independent of the crate.
suppressMessages(library(rpact))
plans <- list(
  (1:2) / 2, (1:3) / 3, (1:5) / 5, (1:10) / 10,
  c(0.1, 0.35, 0.4, 0.8, 1), c(0.3, 0.4, 0.9, 1)
)
rows <- c()
for (type in c("asOF", "asP")) for (alpha in c(0.05, 0.01, 0.001)) for (at in plans) {
  z <- getDesignGroupSequential(kMax = length(at), alpha = alpha, sided = 2, typeOfDesign = type,
                                informationRates = at)$criticalValues
  # Where next to nothing is spent, rpact gives infinity.
  z[!is.finite(z)] <- 99
  rows <- c(rows, sprintf('{"spending": "%s", "alpha": %g, "information": [%s], "z": [%s]}',
                          if (type == "asOF") "o-brien-fleming" else "pocock", alpha,
                          paste(sprintf("%.17g", at), collapse = ", "), paste(sprintf("%.6f", z), collapse = ", ")))
}
cat("[\n", paste(rows, collapse = ",\n"), "\n]\n", sep = "")
