package main

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"slices"
)

const style = `svg{--bg:#fff;--fg:#1f2328;--grid:#d1d9e0;--a:#0969da;--b:#1a7f37;--c:#8250df;--none:#bc4c00;background:var(--bg);font:12px sans-serif}
@media (prefers-color-scheme:dark){svg{--bg:#0d1117;--fg:#e6edf3;--grid:#3d444d;--a:#58a6ff;--b:#3fb950;--c:#bc8cff;--none:#f0883e}}
text{fill:var(--fg)}.bg{fill:var(--bg)}.grid{stroke:var(--grid)}.axis{stroke:var(--fg)}.line{fill:none;stroke-width:2}
.a{stroke:var(--a)}.b{stroke:var(--b)}.c{stroke:var(--c)}.none{stroke:var(--none);stroke-dasharray:5 4}`

// canvas is an SVG that is being drawn.
type canvas struct{ bytes.Buffer }

func (c *canvas) put(format string, args ...any) { fmt.Fprintf(c, format+"\n", args...) }

func (c *canvas) line(class string, x1, y1, x2, y2 float64) {
	c.put(`<line class="%s" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/>`, class, x1, y1, x2, y2)
}

func (c *canvas) text(anchor string, x, y float64, s string) {
	c.put(`<text text-anchor="%s" x="%.1f" y="%.1f">%s</text>`, anchor, x, y, s)
}

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
	c := &canvas{}
	c.put(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 660 360" role="img">`)
	c.put(`<title>Requests a second by the size of a batch and the linger</title><style>%s</style>`, style)
	c.put(`<rect class="bg" width="660" height="360"/>`)
	for rate := 0.0; rate <= high; rate += step {
		c.line("grid", left, y(rate), left+width, y(rate))
		c.text("end", left-8, y(rate)+4, fmt.Sprintf("%.0f", rate))
	}
	for _, size := range sizes {
		c.line("axis", x(size), y(0), x(size), y(0)+5)
		c.text("middle", x(size), y(0)+19, fmt.Sprintf("%d KiB", size>>10))
	}
	c.line("axis", left, top, left, y(0))
	c.line("axis", left, y(0), left+width, y(0))
	c.text("middle", left+width/2, y(0)+40, "size of a batch")
	c.text("start", 8, 16, "requests a second")
	type label struct {
		at   float64
		text string
	}
	var labels []label
	for _, p := range points {
		if p.size == 0 {
			c.line("line none", left, y(p.rate), left+width, y(p.rate))
			labels = append(labels, label{y(p.rate), fmt.Sprintf("no batches, %d in flight", p.window)})
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
		c.put(`<polyline class="line %s" points="%s"/>`, class, path)
		labels = append(labels, label{y(last), fmt.Sprintf("linger %v", linger)})
	}
	slices.SortFunc(labels, func(a, b label) int { return cmp.Compare(a.at, b.at) })
	for i, l := range labels {
		if i > 0 {
			l.at = max(l.at, labels[i-1].at+15) // they do not overlap
			labels[i] = l
		}
		c.text("start", left+width+8, l.at+4, l.text)
	}
	c.put(`</svg>`)
	return c.Bytes()
}
