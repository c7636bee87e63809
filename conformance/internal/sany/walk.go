package sany

// WalkOver visits an expression and all that it consists of. Where enter says
// so, it goes on in the definition that is applied.
func WalkOver(e *Expr, enter func(d *Symbol) bool, visit func(e *Expr)) {
	if e == nil {
		return
	}
	visit(e)
	for _, b := range e.Bounds {
		WalkOver(b.Set, enter, visit)
	}
	for _, a := range e.Args {
		WalkOver(a, enter, visit)
	}
	WalkOver(e.Body, enter, visit)
	if e.Op != nil && e.Op.Body != nil && enter(e.Op) {
		WalkOver(e.Op.Body, enter, visit)
	}
}

// Once is for walkOver: it enters each definition one time.
func Once() func(d *Symbol) bool {
	seen := map[*Symbol]bool{}
	return func(d *Symbol) bool {
		known := seen[d]
		seen[d] = true
		return !known
	}
}

// Nowhere is for walkOver: it enters no definition.
func Nowhere(*Symbol) bool { return false }

func IsVariable(d *Symbol) bool { return d != nil && d.Kind == "OpDeclNode" && d.KindNo == "3" }
