package diagram

import (
	"bytes"
	"cmp"
	"encoding/xml"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode"
)

// The measures of an SVG, in pixels. The text is monospaced, so that its width
// is known here; a character of the widest such font takes charWidth.
const (
	fontSize   = 12
	charWidth  = 7.4
	lineHeight = 16
	padding    = 6
	boxOffset  = 14 // of a box from its lane's line
	headHeight = 30
	gap        = 12 // between rows
	arrowGap   = 18 // more for each arrow that crosses between them, with its label above it
	margin     = 16
	mostLines  = 10 // in a box
)

// Style is the style sheet of all pictures, for light and dark. Each SVG has it. A page
// with several pictures has it once, and each picture as Inline returns it.
const Style = `.lockstep-diagram{--bg:#ffffff;--fg:#1f2328;--dim:#59636e;--line:#8c959f;--box:#f6f8fa;--edge:#c9d1d9;--msg:#0969da;--bad:#cf222e;--badbox:#ffebe9;background:var(--bg);color:var(--fg);font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono","Liberation Mono",monospace}
@media (prefers-color-scheme:dark){.lockstep-diagram{--bg:#0d1117;--fg:#e6edf3;--dim:#9198a1;--line:#6e7681;--box:#161b22;--edge:#3d444d;--msg:#58a6ff;--bad:#ff7b72;--badbox:#3c1618}}
.lockstep-diagram text{fill:var(--fg);white-space:pre}
.lockstep-diagram .head{font-weight:bold}
.lockstep-diagram .name{font-weight:bold}
.lockstep-diagram .dim{fill:var(--dim)}
.lockstep-diagram .lane{stroke:var(--line);stroke-width:1.5}
.lockstep-diagram .down{stroke-dasharray:2 5}
.lockstep-diagram .box{fill:var(--box);stroke:var(--edge)}
.lockstep-diagram .dot{fill:var(--fg)}
.lockstep-diagram .arrow{stroke:var(--msg);stroke-width:1.5;fill:none}
.lockstep-diagram .tip{fill:var(--msg)}
.lockstep-diagram .label{fill:var(--msg);paint-order:stroke;stroke:var(--bg);stroke-width:4px;stroke-linejoin:round}
.lockstep-diagram .open{stroke-dasharray:5 4}
.lockstep-diagram .cross{stroke:var(--bad);stroke-width:2}
.lockstep-diagram .bad .box{fill:var(--badbox);stroke:var(--bad);stroke-width:2}
.lockstep-diagram .bad text{fill:var(--bad)}
.lockstep-diagram .bad .dot{fill:var(--bad)}
`

// svg is a drawing under way.
type svg struct {
	*Diagram
	b      bytes.Buffer
	chars  int       // in a line of a box
	column float64   // the width of a lane
	boxes  [][]line  // by step
	top    []float64 // by step: of its box
	height []float64
	across []float64 // by message: where its arrow crosses to the other lane
	bottom float64
}

// line is a line of a box.
type line struct{ text, class string }

// SVG returns the diagram as a picture that is complete in itself: it has the Style.
func (d *Diagram) SVG() string { return d.draw(true) }

// Inline returns the diagram as an SVG without the Style, for a page that has it already.
func (d *Diagram) Inline() string { return d.draw(false) }

// Height is how high the SVG is, in pixels.
func (d *Diagram) Height() int {
	s := &svg{Diagram: d}
	s.layout()
	return int(math.Ceil(s.bottom))
}

func (d *Diagram) draw(styled bool) string {
	s := &svg{Diagram: d}
	s.layout()
	role := "img"
	if slices.ContainsFunc(d.Steps, func(s Step) bool { return s.Link != "" || s.NameLink != "" }) {
		role = "group" // what is inside an img is not reached
	}
	width := margin*2 + s.column*float64(len(d.Lanes))
	fmt.Fprintf(&s.b, `<svg xmlns="http://www.w3.org/2000/svg" class="lockstep-diagram" role="%s" width="%.0f" height="%.0f" viewBox="0 0 %.0f %.0f">`,
		role, width, s.bottom, width, s.bottom)
	fmt.Fprintf(&s.b, "\n<title>%s</title>\n<desc>%s</desc>\n", quote(d.Title), quote(d.words()))
	if styled {
		fmt.Fprintf(&s.b, "<style>%s</style>\n<rect width=\"100%%\" height=\"100%%\" style=\"fill:var(--bg)\"/>\n", Style)
	}
	s.lanes()
	for n := range d.Messages {
		s.arrow(n)
	}
	for i := range d.Steps {
		s.step(i)
	}
	for n := range d.Messages {
		s.label(n)
	}
	for i, part := range s.left() {
		s.remark(part, headHeight+margin+float64(i+1)*lineHeight)
	}
	s.remark(d.Repeats(), s.bottom-margin)
	s.b.WriteString("</svg>\n")
	return s.b.String()
}

// words describes the picture, for readers who cannot see it.
func (d *Diagram) words() string {
	var all []string
	for _, s := range d.Steps {
		text := fmt.Sprintf("%d: %s takes %s", s.Number, d.Lanes[s.Lane], s.Title())
		if s.Refused {
			text += ", which is refused: " + s.Reason
		}
		all = append(all, text)
	}
	return strings.Join(all, "; ")
}

// layout says where everything goes.
func (s *svg) layout() {
	s.chars = 34
	if len(s.Lanes) == 1 {
		s.chars = 72
	} else if len(s.Lanes) > 3 {
		s.chars = 26
	}
	s.column = boxOffset + padding*2 + float64(s.chars)*charWidth + 14
	y := float64(margin + headHeight)
	if n := len(s.left()); n > 0 {
		y += float64(n)*lineHeight + gap
	}
	s.across = make([]float64, len(s.Messages))
	for i := range len(s.Steps) + 1 {
		var crossing []int
		for n, m := range s.Messages {
			if m.row() == i {
				crossing = append(crossing, n)
			}
		}
		y += gap + float64(len(crossing))*arrowGap
		if i > 0 && s.Steps[i-1].Down >= 0 && len(crossing) == 0 {
			y += arrowGap
		}
		for n, at := range crossing {
			s.across[at] = y + padding + 8 - intoDot - float64(len(crossing)-1-n)*arrowGap
		}
		if i == len(s.Steps) {
			break
		}
		lines := s.box(i)
		s.boxes = append(s.boxes, lines)
		s.top = append(s.top, y)
		s.height = append(s.height, float64(len(lines))*lineHeight+padding*2)
		y += s.height[i]
	}
	s.bottom = y + margin
	if s.Repeats() != "" {
		s.bottom += lineHeight
	}
}

// row is the step before which the arrow crosses over, or the number of steps.
func (m Message) row() int {
	if m.To >= 0 {
		return m.To
	}
	return m.From + 1
}

// left is what is not drawn, in lines.
func (s *svg) left() []string { return wrap(s.Left(), s.chars*len(s.Lanes)) }

// box is what stands in a step's box.
func (s *svg) box(i int) []line {
	step := s.Steps[i]
	number := fmt.Sprintf("%d ", step.Number)
	var lines []line
	for n, part := range wrap(number+step.Title(), s.chars) {
		class := "name"
		if n > 0 {
			class = "dim"
		}
		lines = append(lines, line{part, class})
	}
	if len(lines) > mostLines/2 {
		lines = append(lines[:mostLines/2-1], line{"…", "dim"})
	}
	for n, c := range step.Changes {
		if len(lines) >= mostLines-1 && n < len(step.Changes)-1 {
			lines = append(lines, line{fmt.Sprintf("and %d more changes", len(step.Changes)-n), "dim"})
			break
		}
		lines = append(lines, line{fit(c.String(), s.chars), ""})
	}
	if step.Refused {
		for _, part := range wrap("✗ "+shorten(step.Reason, mostReason), s.chars) {
			lines = append(lines, line{part, ""})
		}
	}
	return lines
}

// fit shortens a text until it is no wider than this number of cells; some
// characters take two.
func fit(s string, most int) string {
	for n := most; n > 0; n-- {
		if short := shorten(s, n); cells(short) <= most {
			return short
		}
	}
	return ""
}

func cells(s string) int {
	n := 0
	for _, r := range s {
		if n++; r > 0x10ff && (unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Hangul) || r > 0xffff) {
			n++
		}
	}
	return n
}

func (s *svg) x(lane int) float64 { return margin + 8 + float64(lane)*s.column }

func (s *svg) lanes() {
	end := s.bottom - margin
	for i, name := range s.Lanes {
		x := s.x(i)
		fmt.Fprintf(&s.b, `<text class="head" x="%.1f" y="%d">%s</text>`+"\n", x-4, margin+14, quote(fit(name, s.chars)))
		from, down := float64(margin+headHeight-6), false
		for n, step := range s.Steps {
			if step.Lane == i && down {
				s.lane(x, from, s.top[n], true)
				from, down = s.top[n], false
			}
			if step.Down == i {
				s.lane(x, from, s.top[n]+s.height[n], false)
				from, down = s.top[n]+s.height[n], true
			}
		}
		s.lane(x, from, end, down)
	}
}

func (s *svg) lane(x, from, to float64, down bool) {
	class := "lane"
	if down {
		class = "lane down"
	}
	fmt.Fprintf(&s.b, `<line class="%s" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/>`+"\n", class, x, from, x, to)
}

func (s *svg) step(i int) {
	step := s.Steps[i]
	x, y := s.x(step.Lane), s.top[i]
	class := "step"
	if step.Refused {
		class = "step bad"
	}
	fmt.Fprintf(&s.b, `<g class="%s">`, class)
	end := s.link(step.Link)
	fmt.Fprintf(&s.b, `<rect class="box" x="%.1f" y="%.1f" width="%.1f" height="%.1f" rx="4"/>`,
		x+boxOffset, y, float64(s.chars)*charWidth+padding*2, s.height[i])
	text := func(n int) {
		fmt.Fprintf(&s.b, `<text class="%s" x="%.1f" y="%.1f">%s</text>`,
			s.boxes[i][n].class, x+boxOffset+padding, y+padding+lineHeight*float64(n)+fontSize, quote(s.boxes[i][n].text))
	}
	for n := 1; n < len(s.boxes[i]); n++ {
		text(n)
	}
	s.b.WriteString(end)
	end = s.link(cmp.Or(step.NameLink, step.Link))
	text(0)
	s.b.WriteString(end)
	fmt.Fprintf(&s.b, `<circle class="dot" cx="%.1f" cy="%.1f" r="4.5"/>`, x, y+padding+8)
	if step.Down >= 0 {
		s.cross(s.x(step.Down), y+s.height[i], 7)
	}
	s.b.WriteString("</g>\n")
}

// link begins a link, and returns what ends it.
func (s *svg) link(to string) (end string) {
	if to == "" {
		return ""
	}
	fmt.Fprintf(&s.b, `<a href="%s">`, quote(to))
	return "</a>"
}

func (s *svg) cross(x, y, r float64) {
	fmt.Fprintf(&s.b, `<path class="cross" d="M%.1f %.1fl%.1f %.1fm0 %.1fl%.1f %.1f"/>`, x-r, y-r, 2*r, 2*r, -2*r, -2*r, 2*r)
}

// ends is where the nth arrow begins and ends.
func (s *svg) ends(n int) (x1, y1, x2, y2 float64, ok bool) {
	m := s.Messages[n]
	y1, y2 = s.across[n], s.across[n]
	if m.Source < 0 || m.Target < 0 {
		return 0, 0, 0, 0, false
	}
	x1, x2 = s.x(m.Source), s.x(m.Target)
	if m.From >= 0 {
		y1 = s.top[m.From] + padding + 8
	}
	switch {
	case m.To >= 0 && !m.Lost:
		y2 = s.top[m.To] + padding + 8
	case x2 > x1: // it does not get there
		x2 = max(x1+30, x2-40)
	default:
		x2 = min(x1-30, x2+40)
	}
	return x1, y1, x2, y2, true
}

// arrow draws the nth. It leaves along its lane and crosses over in the room between two
// rows, so that it does not run through what stands in the boxes.
func (s *svg) arrow(n int) {
	x1, y1, x2, y2, ok := s.ends(n)
	if !ok {
		return
	}
	m, across := s.Messages[n], s.across[n]
	class := "arrow"
	if m.Guessed || m.From < 0 || m.To < 0 || m.Lost {
		class = "arrow open"
	}
	side := 1.0
	if x2 < x1 {
		side = -1
	}
	fmt.Fprintf(&s.b, `<path class="%s" d="M%.1f %.1fL%.1f %.1f`, class, x1, y1, x1+side*7, across)
	switch {
	case m.Lost:
		fmt.Fprintf(&s.b, `L%.1f %.1f"/>`, x2, y2)
		s.cross(x2, y2, 6)
		s.b.WriteString("\n")
	case m.To < 0:
		fmt.Fprintf(&s.b, `L%.1f %.1f"/>`, x2, y2)
		s.tip(x2, y2, side, 0)
	default:
		fmt.Fprintf(&s.b, `L%.1f %.1fL%.1f %.1fL%.1f %.1f"/>`, x2-side*intoDot, across, x2-side*intoDot, y2-intoDot, x2-side*6, y2-6)
		s.tip(x2-side*4, y2-4, side, 1)
	}
}

// intoDot is how far from a dot, across and up, an arrow turns towards it.
const intoDot = 24

// tip is an arrow's head: to the side, and down by so much for each step aside.
func (s *svg) tip(x, y, side, down float64) {
	const length, half = 9.0, 4.0
	norm := math.Sqrt(1 + down*down)
	dx, dy := side/norm, down/norm
	fmt.Fprintf(&s.b, `<path class="tip" d="M%.1f %.1fL%.1f %.1fL%.1f %.1fz"/>`+"\n",
		x, y, x-dx*length-dy*half, y-dy*length+dx*half, x-dx*length+dy*half, y-dy*length-dx*half)
}

// label is what stands above the nth arrow, where it crosses over.
func (s *svg) label(n int) {
	m := s.Messages[n]
	x1, _, x2, _, ok := s.ends(n)
	if !ok || m.Label == "" {
		return
	}
	text := m.Label
	switch {
	case m.Lost:
		text = "lost: " + text
	case m.To < 0:
		text = "under way: " + text
	case m.Guessed:
		text += " (sent by then)"
	}
	room, most := 6.0, s.chars-2 // up to the other lane
	if m.To >= 0 && !m.Lost {
		room, most = intoDot+6, s.chars
	}
	anchor, x := "end", x2-room
	if x2 < x1 {
		anchor, x = "start", x2+room
	}
	fmt.Fprintf(&s.b, `<text class="label" x="%.1f" y="%.1f" text-anchor="%s">%s</text>`+"\n", x, s.across[n]-5, anchor, quote(fit(text, most)))
}

// remark writes something below or above it all.
func (s *svg) remark(text string, y float64) {
	if text != "" {
		fmt.Fprintf(&s.b, `<text class="dim" x="%.1f" y="%.1f">%s</text>`+"\n", float64(margin)+20, y, quote(fit(text, s.chars*len(s.Lanes))))
	}
}

// quote is text for XML. What XML cannot hold becomes the sign for that.
func quote(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder takes everything
	return b.String()
}
