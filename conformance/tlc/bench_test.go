package tlc

import (
	"fmt"
	"testing"
	"time"
)

// BenchmarkStart runs a model of one state, from Run to its end.
func BenchmarkStart(b *testing.B) {
	checker := benchmarkTLC(b)
	j := job("Init == x = 0\nNext == UNCHANGED x", "INIT Init NEXT Next")
	for _, archive := range []string{"", checker.Archive} {
		for _, short := range []bool{false, true} {
			b.Run(fmt.Sprintf("archive=%t/short=%t", archive != "", short), func(b *testing.B) {
				with := *checker
				with.Archive = archive
				j.Short = short
				for b.Loop() {
					mustOK(b, &with, j)
				}
			})
		}
	}
}

// BenchmarkPrint measures the lines that come from a spec to Print, and how
// many of them are read as values, in a second.
func BenchmarkPrint(b *testing.B) {
	checker := benchmarkTLC(b)
	const lines = 300_000
	j := job(fmt.Sprintf(`Init == x = 0
Next == x < %d /\ x' = x + 1 /\ PrintT(ToString(<<"step", "Append", [node |-> "n1", value |-> x], [length |-> x, synced |-> 10]>>))`, lines),
		"INIT Init NEXT Next CHECK_DEADLOCK FALSE")
	for _, parse := range []bool{false, true} {
		b.Run(fmt.Sprintf("parse=%t", parse), func(b *testing.B) {
			var spent time.Duration
			for b.Loop() {
				n := 0
				j.Print = func(line string) {
					if n++; parse {
						if _, err := ParsePrinted(line); err != nil {
							b.Fatal(err)
						}
					}
				}
				spent += mustOK(b, checker, j).Duration
				if n != lines {
					b.Fatal(n)
				}
			}
			b.ReportMetric(float64(b.N*lines)/spent.Seconds(), "lines/s")
		})
	}
}

func benchmarkTLC(b *testing.B) *TLC {
	checker, err := Setup(b.Context(), b.Output())
	if err != nil {
		b.Fatal(err)
	}
	return checker
}

func mustOK(b *testing.B, checker *TLC, j Job) *Result {
	r, err := checker.Run(b.Context(), j)
	if err != nil || r.Outcome != OK {
		b.Fatal(r, err)
	}
	return r
}
