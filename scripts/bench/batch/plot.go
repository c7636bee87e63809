package main

import (
	"bytes"
	"fmt"
	"math"
)

const style = `svg{--bg:#fff;--fg:#1f2328;--grid:#d1d9e0;--a:#0969da;--b:#1a7f37;--c:#8250df;--none:#bc4c00;background:var(--bg);font:12px sans-serif}
@media (prefers-color-scheme:dark){svg{--bg:#0d1117;--fg:#e6edf3;--grid:#3d444d;--a:#58a6ff;--b:#3fb950;--c:#bc8cff;--none:#f0883e}}
text{fill:var(--fg)}.bg{fill:var(--bg)}.grid{stroke:var(--grid)}.axis{stroke:var(--fg)}.line{fill:none;stroke-width:2}
.a{stroke:var(--a)}.b{stroke:var(--b)}.c{stroke:var(--c)}.none{stroke:var(--none);stroke-dasharray:5 4}`

// draw returns an SVG of the rates by the size of a batch, a line for each linger, for light
// and dark. Points without a size are for no batching.
func draw(points []point) []byte {
	const left, top, width, height = 60.0, 30.0, 410.0, 270.0
	high := 0.0
	for _, p := range points {
		high = max(high, p.rate)
	}
	step := math.Pow(10, math.Floor(math.Log10(high)))
	if high/step < 4 {
		step /= 2
	}
	high = step * math.Ceil(high/step)
	x := func(size int) float64 {
		first, last := math.Log2(float64(sizes[0])), math.Log2(float64(sizes[len(sizes)-1]))
		return left + width*(math.Log2(float64(size))-first)/(last-first)
	}
	y := func(rate float64) float64 { return top + height*(1-rate/high) }
	var b bytes.Buffer
	put := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	line := func(class string, x1, y1, x2, y2 float64) {
		put(`<line class="%s" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/>`, class, x1, y1, x2, y2)
	}
	text := func(anchor string, x, y float64, s string) {
		put(`<text text-anchor="%s" x="%.1f" y="%.1f">%s</text>`, anchor, x, y, s)
	}
	put(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 360" role="img">`)
	put(`<title>Requests a second by the size of a batch and the linger</title><style>%s</style>`, style)
	put(`<rect class="bg" width="640" height="360"/>`)
	for rate := 0.0; rate <= high; rate += step {
		line("grid", left, y(rate), left+width, y(rate))
		text("end", left-8, y(rate)+4, fmt.Sprintf("%.0f", rate))
	}
	for _, size := range sizes {
		line("axis", x(size), y(0), x(size), y(0)+5)
		text("middle", x(size), y(0)+19, fmt.Sprintf("%d KiB", size>>10))
	}
	line("axis", left, top, left, y(0))
	line("axis", left, y(0), left+width, y(0))
	text("middle", left+width/2, y(0)+40, "size of a batch")
	text("start", 8, 16, "requests a second")
	label := func(rate float64, s string) { text("start", left+width+8, y(rate)+4, s) }
	for _, p := range points {
		if p.size == 0 {
			line("line none", left, y(p.rate), left+width, y(p.rate))
			label(p.rate, fmt.Sprintf("no batches, %d in flight", p.window))
		}
	}
	for i, linger := range lingers {
		path, last, class := "", 0.0, string(rune('a'+i))
		for _, p := range points {
			if p.size > 0 && p.linger == linger {
				path += fmt.Sprintf("%.1f,%.1f ", x(p.size), y(p.rate))
				last = p.rate
			}
		}
		put(`<polyline class="line %s" points="%s"/>`, class, path)
		label(last, fmt.Sprintf("linger %v", linger))
	}
	put(`</svg>`)
	return b.Bytes()
}
