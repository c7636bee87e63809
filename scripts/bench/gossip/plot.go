package main

import (
	"bytes"
	"fmt"
	"math"
)

const style = `svg{--bg:#fff;--fg:#1f2328;--grid:#d1d9e0;--ours:#0969da;--log:#bc4c00;background:var(--bg);font:12px sans-serif}
@media (prefers-color-scheme:dark){svg{--bg:#0d1117;--fg:#e6edf3;--grid:#3d444d;--ours:#58a6ff;--log:#f0883e}}
text{fill:var(--fg)}.bg{fill:var(--bg)}.grid{stroke:var(--grid)}.axis{stroke:var(--fg)}.line{fill:none;stroke-width:2}
.ours{stroke:var(--ours)}.dot{fill:var(--ours)}.log{stroke:var(--log);stroke-dasharray:5 4}`

// draw returns an SVG of the rounds by the number of nodes, for light and dark.
func draw(points []point) []byte {
	const left, top, width, height = 50.0, 20.0, 560.0, 280.0
	last, high := float64(points[len(points)-1].nodes), 0.0
	for _, p := range points {
		high = max(high, p.most, math.Ceil(math.Log2(float64(p.nodes))))
	}
	x := func(n float64) float64 { return left + width*n/last }
	y := func(rounds float64) float64 { return top + height*(1-rounds/high) }
	var b bytes.Buffer
	put := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line := func(class string, x1, y1, x2, y2 float64) {
		put(`<line class="%s" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/>`, class, x1, y1, x2, y2)
	}
	text := func(anchor string, x, y float64, s string) {
		put(`<text text-anchor="%s" x="%.1f" y="%.1f">%s</text>`, anchor, x, y, s)
	}
	put(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 360" role="img">`)
	put(`<title>Rounds until all nodes know a new value</title><style>%s</style>`, style)
	put(`<rect class="bg" width="640" height="360"/>`)
	for r := 0.0; r <= high; r++ {
		line("grid", left, y(r), left+width, y(r))
		text("end", left-8, y(r)+4, fmt.Sprint(r))
	}
	for n := 0.0; n <= last; n += 10 {
		line("axis", x(n), y(0), x(n), y(0)+5)
		text("middle", x(n), y(0)+19, fmt.Sprint(n))
	}
	line("axis", left, top, left, y(0))
	line("axis", left, y(0), left+width, y(0))
	text("middle", left+width/2, y(0)+40, "nodes")
	text("start", 8, 14, "rounds")
	var median, log string
	for _, p := range points {
		n := float64(p.nodes)
		line("ours", x(n), y(p.least), x(n), y(p.most))
		put(`<circle class="dot" cx="%.1f" cy="%.1f" r="4"/>`, x(n), y(p.median))
		median += fmt.Sprintf("%.1f,%.1f ", x(n), y(p.median))
	}
	for n := points[0].nodes; n <= points[len(points)-1].nodes; n++ {
		log += fmt.Sprintf("%.1f,%.1f ", x(float64(n)), y(math.Log2(float64(n))))
	}
	put(`<polyline class="line ours" points="%s"/><polyline class="line log" points="%s"/>`, median, log)
	put(`<rect class="bg" x="375" y="228" width="225" height="52"/>`)
	line("line ours", 385, 242, 415, 242)
	text("start", 423, 246, "median, from least to most")
	line("line log", 385, 264, 415, 264)
	text("start", 423, 268, "log2 n")
	put(`</svg>`)
	return b.Bytes()
}
