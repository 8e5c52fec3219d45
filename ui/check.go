package ui

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"reflect"
	"slices"
	"strings"
	texttemplate "text/template"

	"golang.org/x/net/html"
)

// Check examines templates that are to replace shipped ones, as [NewRenderer]
// does with Custom.Templates (UIX-081). Every page is drawn in every state of
// [Samples] and its HTML parsed. A template must
//
//   - have the name of a template and define what it is for;
//   - execute on every sample: a field that no view model has any more fails
//     here and not in front of a person (UIX-082);
//   - hold no inline script, style or event attribute, no embedded document, and
//     no address elsewhere but the configured links;
//   - post every form with the token, to the same address and with the same
//     field names as the shipped page;
//   - give each field a label, the document language, title, main and one h1;
//   - say what has to be corrected in a summary with a link to each field, before
//     the first form, and the notice of the step before in a status region.
//
// What stands in a branch that no sample takes is read for inline code, addresses
// elsewhere and fields that do not exist; the rest of it is not examined. The
// error is a *TemplateError with every
// finding, or that of reading the files.
func Check(templates fs.FS) error {
	config := SampleConfig()
	config.Custom.Templates = templates
	_, err := NewRenderer(config)
	return err
}

// useTemplates installs the templates, the program's after a check.
func (r *Renderer) useTemplates(custom fs.FS) error {
	if custom == nil {
		return nil
	}
	src, found, err := readTemplates(custom)
	if err != nil {
		return err
	}
	if len(found) > 0 {
		return &TemplateError{found}
	}
	if r.templates, err = src.sets(); err != nil {
		return err
	}
	if len(src.own) == 0 {
		return nil
	}
	plain := &Renderer{binding: r.binding, prepared: r.prepared}
	r.prepared = nil
	// Before anything is prepared: drawing rewrites the trees.
	branches, err := unasked(r.templates)
	if err != nil {
		return fmt.Errorf("%w: Templates: %w", ErrCustom, err)
	}
	for _, name := range sorted(src.text) {
		if src.own[name] {
			r.replaced = append(r.replaced, name+suffix+"="+shortHash(src.text[name]))
		}
	}
	if found := r.sources(src, r.examine(plain, branches, src.own)); len(found) > 0 {
		return &TemplateError{found}
	}
	return nil
}

// examine draws every sample that a replaced file has a part in with both
// renderers and compares.
func (r *Renderer) examine(plain *Renderer, branches map[string]*texttemplate.Template, own map[string]bool) []Finding {
	var found []Finding
	everywhere := false
	for name := range sharedTemplates() {
		everywhere = everywhere || own[name]
	}
	for _, s := range r.spoken(Samples()) {
		name, data := s.Page.bind(&r.binding)
		if !own[name] && !everywhere {
			continue
		}
		model, ok := data.(interface{ common() Frame })
		if !ok {
			continue // a page of tests without a frame
		}
		report := func(rule Rule, detail string) {
			found = add(found, Finding{Template: responsible(name, own), Page: s.Name, Rule: rule, Detail: detail})
		}
		page, err := r.try(s.Page)
		if err != nil {
			report(RuleExecute, trimError(err))
			continue
		}
		if missing := gone(branches[name], data); missing != "" {
			report(RuleExecute, missing)
			continue
		}
		reference, err := plain.try(s.Page)
		if err != nil {
			report(RuleExecute, "the shipped page fails: "+trimError(err))
			continue
		}
		inspect(parseDocument(page), parseDocument(reference), model.common(), report)
	}
	return found
}

// spoken is every sample in every language that is offered: a template that
// states the language, or the word for an error, is right in one of them only.
func (r *Renderer) spoken(samples []Sample) []Sample {
	offered := r.binding.languages.offered
	all := samples
	for _, c := range offered[1:] {
		for _, s := range samples {
			model := reflect.New(reflect.TypeOf(s.Page)).Elem()
			model.Set(reflect.ValueOf(s.Page))
			frame := model.FieldByName("Frame").FieldByName("Language")
			frame.SetString(c.lang)
			if page, ok := model.Interface().(Page); ok {
				all = append(all, Sample{Name: s.Name + " in " + c.lang, Page: page})
			}
		}
	}
	return all
}

// add keeps one finding for all pages that show the same fault.
func add(found []Finding, f Finding) []Finding {
	for i := range found {
		if found[i].Rule == f.Rule && found[i].Detail == f.Detail && found[i].Template == f.Template {
			found[i].More++
			return found
		}
	}
	return append(found, f)
}

// responsible names the page's own file if it is replaced, else the shared ones
// that are.
func responsible(page string, own map[string]bool) string {
	if own[page] {
		return page + suffix
	}
	var files []string
	for name := range sharedTemplates() {
		if own[name] {
			files = append(files, name+suffix)
		}
	}
	slices.Sort(files)
	if len(files) == 0 {
		return page + suffix
	}
	return strings.Join(files, ", ")
}

// maxPage bounds a page that is only tried, in bytes.
const maxPage = 1 << 20

var errPageTooLarge = fmt.Errorf("writes more than %d KiB", maxPage>>10)

// bounded is a buffer that ends a template which would write for ever.
type bounded struct{ bytes.Buffer }

func (b *bounded) Write(p []byte) (int, error) {
	if b.Len()+len(p) > maxPage {
		return 0, errPageTooLarge
	}
	return b.Buffer.Write(p)
}

// try draws a page. A template of the program may do anything, so a panic is a
// finding: the engine names template and line of one in a method, and of any
// other at least the template is known.
func (r *Renderer) try(page Page) (out string, err error) {
	name, data := page.bind(&r.binding)
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%s: panics: %v", name+suffix, p)
		}
	}()
	t, err := r.set(name, data)
	if err != nil {
		return "", err
	}
	var buf bounded
	if err := t.ExecuteTemplate(&buf, "layout", data); err != nil {
		return "", err
	}
	return buf.String(), nil
}

func parseDocument(page string) *html.Node {
	// As without a script engine: what stands in noscript is examined too.
	root, err := html.ParseWithOptions(strings.NewReader(page), html.ParseOptionEnableScripting(false))
	if err != nil {
		return &html.Node{Type: html.DocumentNode} // reading a string fails only beyond all depth: nothing is found, everything reported
	}
	return root
}

// trimError drops the engine's own name in front of template, line and column.
func trimError(err error) string {
	var inner error
	for inner = err; errors.Unwrap(inner) != nil; inner = errors.Unwrap(inner) {
		if strings.HasPrefix(inner.Error(), "template: ") || strings.HasPrefix(inner.Error(), "html/template:") {
			break
		}
	}
	text := strings.TrimPrefix(inner.Error(), "html/template:")
	return strings.TrimPrefix(text, "template: ")
}
