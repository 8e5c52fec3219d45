package ui

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Brand is who the pages speak for.
type Brand struct {
	Name string // at most 64 characters; "axess" when empty
}

// Config says what the pages need to know beyond a request. The zero value is
// usable.
type Config struct {
	Brand    Brand
	BasePath string         // where the pages are mounted; "/auth" when empty
	Home     string         // path of the start page; "/" when empty
	Origin   string         // scheme://host[:port]; links of the outbox page and of mails
	Zone     *time.Location // zone of times when a reader's is not known; UTC when nil
	Custom   Custom         // templates, theme, links, languages and texts
}

// Where the pages are and lead to unless a Config says otherwise.
const (
	defaultBase = "/auth"
	defaultHome = "/"
)

// ErrConfig is wrapped by every refusal of NewRenderer.
var ErrConfig = errors.New("ui: configuration refused")

// Renderer draws pages. It is safe for concurrent use.
type Renderer struct {
	binding   binding
	prepared  *prepared                     // nil: the program has replaced templates
	templates map[string]*template.Template // those, with the shipped ones beside them
	theme     string                        // what the style sheet is continued with
	replaced  []string                      // templates of the program, each with a hash of its text
}

// NewRenderer checks the configuration and parses every template. Replaced ones
// are executed on every sample and their pages examined, as by [Check].
//
// Errors wrap ErrConfig; those about Config.Custom are also ErrCustom, those
// about its templates a *TemplateError.
func NewRenderer(config Config) (*Renderer, error) {
	config, err := config.checked()
	if err != nil {
		return nil, err
	}
	theme, refused := config.Custom.Theme.settle()
	files, err := newAssets(config.BasePath+"/assets/", theme)
	if err != nil {
		return nil, err
	}
	r := &Renderer{binding: binding{
		config:  config,
		assets:  files,
		paths:   newPaths(config.BasePath, config.Home),
		moments: moments{zone: config.Zone},
	}}
	var broken error
	if r.binding.languages, broken = newLanguages(config.Custom); broken != nil {
		return nil, errors.Join(refused, broken)
	}
	r.theme = theme.sheet
	if r.prepared, err = preparedFor(&r.binding, theme); err != nil {
		return nil, err
	}
	// Both, so that whoever corrects one is not told of the other afterwards.
	if err := errors.Join(refused, r.useTemplates(config.Custom.Templates)); err != nil {
		return nil, err
	}
	return r, nil
}

// Render writes the page to w. It draws into memory first: when it returns an
// error that is not a write error, nothing was written, so the caller can
// still answer with something whole.
func (r *Renderer) Render(w io.Writer, page Page) error {
	if page == nil {
		return errors.New("ui: render: no page")
	}
	name, data := page.bind(&r.binding)
	t, err := r.set(name, data)
	if err != nil {
		return err
	}
	var buf bytes.Buffer
	buf.Grow(8 << 10)
	if err := t.ExecuteTemplate(&buf, "layout", data); err != nil {
		return fmt.Errorf("ui: render %s: %w", name, err)
	}
	if _, err := w.Write(buf.Bytes()); err != nil {
		return fmt.Errorf("ui: write %s: %w", name, err)
	}
	return nil
}

// set is the one that draws a page.
func (r *Renderer) set(name string, data any) (*template.Template, error) {
	if r.prepared != nil {
		language := r.binding.languages.def().lang
		if model, ok := data.(interface{ spoken() string }); ok {
			language = model.spoken()
		}
		return r.prepared.set(&r.binding, name, language)
	}
	t, ok := r.templates[name]
	if !ok {
		return nil, fmt.Errorf("ui: render: no template %q", name)
	}
	return t, nil
}

// banner draws what every page begins with while somebody acts as somebody else.
func (r *Renderer) banner(w io.Writer, f Frame) error {
	f.attach(&r.binding, Text{}, "")
	t, err := r.set("error", &f)
	if err != nil {
		return err
	}
	if err := t.ExecuteTemplate(w, "acting", &f); err != nil {
		return fmt.Errorf("ui: banner: %w", err)
	}
	return nil
}

// Assets serves the style sheet, the script and the icon. Mount it at the base
// path plus "/assets/"; it expects the full path and knows exactly its files.
func (r *Renderer) Assets() http.Handler { return r.binding.assets }

// MailTexts is the texts of the mails, in the words of this renderer's brand.
func (r *Renderer) MailTexts() MailTexts {
	return MailTexts{languages: r.binding.languages, brand: r.binding.config.Brand.Name, zone: r.binding.zone}
}

func (c Config) checked() (Config, error) {
	if c.Brand.Name == "" {
		c.Brand.Name = "axess"
	}
	if c.BasePath == "" {
		c.BasePath = defaultBase
	}
	if c.Home == "" {
		c.Home = defaultHome
	}
	if c.Zone == nil {
		c.Zone = time.UTC
	}
	if utf8.RuneCountInString(c.Brand.Name) > 64 || strings.ContainsFunc(c.Brand.Name, unprintable) {
		return c, fmt.Errorf("%w: Brand.Name: at most 64 printable characters", ErrConfig)
	}
	if !localPath(c.BasePath) || strings.HasSuffix(c.BasePath, "/") {
		return c, fmt.Errorf("%w: BasePath: begins with a slash, does not end with one", ErrConfig)
	}
	if !localPath(c.Home) {
		return c, fmt.Errorf("%w: Home: begins with a slash", ErrConfig)
	}
	if c.Origin != "" {
		u, err := url.Parse(c.Origin)
		if err != nil || !webScheme(u.Scheme) || u.Host == "" || c.Origin != u.Scheme+"://"+u.Host {
			return c, fmt.Errorf("%w: Origin: scheme, host and optional port, nothing else", ErrConfig)
		}
	}
	for _, link := range []struct{ field, value string }{{"HelpURL", c.Custom.HelpURL}, {"PrivacyURL", c.Custom.PrivacyURL}, {"TermsURL", c.Custom.TermsURL}} {
		if link.value == "" || localPath(link.value) {
			continue
		}
		if u, err := url.Parse(link.value); err != nil || !webScheme(u.Scheme) || u.Host == "" {
			return c, fmt.Errorf("%w: %s: an http or https address, or a path", ErrCustom, link.field)
		}
	}
	return c, nil
}

func webScheme(scheme string) bool { return scheme == "https" || scheme == "http" }

// localPath reports whether s is a path of the own origin; "//host" and
// "/\host" are not.
func localPath(s string) bool {
	return strings.HasPrefix(s, "/") && !strings.HasPrefix(s, "//") &&
		!strings.ContainsFunc(s, func(r rune) bool { return r == '\\' || r == '*' || unprintable(r) })
}

func unprintable(r rune) bool { return !unicode.IsPrint(r) }
