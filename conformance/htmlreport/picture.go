package htmlreport

import (
	"fmt"
	"html/template"

	"github.com/lockstep-tla/lockstep/conformance/diagram"
)

// picture is a diagram, and its steps as a list, to which the picture's boxes lead.
type picture struct {
	About string
	SVG   template.HTML // the last steps, as many as a screen has room for
	Whole template.HTML // all of them, if these are more
	Setup string        // the steps that are in neither
	Steps []step
}

type step struct {
	Node, ID string
	Row      string // where the mapping has it, as a link; "" if it has not
	Why      string // where it is explained; "" if it is not
	diagram.Step
}

// Last is where the list has the last step, which is the refused one if there is one.
func (p picture) Last() *step {
	if len(p.Steps) == 0 {
		return nil
	}
	return &p.Steps[len(p.Steps)-1]
}

const (
	// mostSteps is how many steps of a behaviour are drawn.
	mostSteps = 15
	// mostHeight is how high a picture is at the most, in pixels, unless its last step alone
	// is higher: on a screen of 1280 x 720 the title and the last step are seen together.
	mostHeight = 620
)

// draw draws a behaviour. id begins the names of its parts on the page.
func (p *pattern) draw(id, about string, source diagram.Source) picture {
	whole, err := diagram.New(source, diagram.Options{Most: mostSteps})
	if err != nil {
		return picture{}
	}
	drawn := picture{About: about, Setup: whole.Left()}
	for _, s := range whole.Steps {
		drawn.Steps = append(drawn.Steps, step{Node: whole.Lanes[s.Lane], ID: stepID(id, s.Number), Row: p.Row("step", s.Name), Step: s})
	}
	last := whole.Steps[len(whole.Steps)-1].Number
	end := whole
	for first := whole.Steps[0].Number + 1; first <= last && end.Height() > mostHeight; first++ {
		if end, err = diagram.New(source, diagram.Options{First: first, Last: last}); err != nil {
			return picture{}
		}
	}
	drawn.SVG = p.inline(id, end)
	if end != whole {
		drawn.Whole = p.inline(id, whole)
	}
	return drawn
}

func stepID(id string, number int) string { return fmt.Sprintf("%s-%d", id, number) }

// inline is a diagram whose boxes lead to the list, and their names to the mapping.
func (p *pattern) inline(id string, d *diagram.Diagram) template.HTML {
	for i := range d.Steps {
		s := &d.Steps[i]
		s.Link, s.NameLink = "#"+stepID(id, s.Number), p.Row("step", s.Name)
	}
	return template.HTML(d.Inline()) // all text in it is escaped
}
