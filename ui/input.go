package ui

import "fmt"

// Input is one form field as the templates draw it: a label, an optional hint,
// the message of what is wrong above the control, and the control itself with
// the attributes that password managers, keyboards and screen readers need.
type Input struct {
	ID, Name, Type, Mode, Autocomplete, Value string
	Label, Hint, Error                        string
	Pattern, Rules                            string
	MinLength, MaxLength                      int
	Focus, Plain, Capital, Secret, Optional   bool
	Show, Hide, Reveals                       string // texts of the show toggle
}

// DescribedBy joins the ids of hint and error, for aria-describedby.
func (i Input) DescribedBy() string {
	switch {
	case i.Hint != "" && i.Error != "":
		return i.ID + "-error " + i.ID + "-hint"
	case i.Error != "":
		return i.ID + "-error"
	case i.Hint != "":
		return i.ID + "-hint"
	default:
		return ""
	}
}

// AtLeast states the minimum length before the person types (FAC-020) and
// tells password managers the same.
func (i Input) AtLeast(minimum int) Input {
	if minimum > 0 {
		i.MinLength = minimum
		i.Rules = fmt.Sprintf("minlength: %d;", minimum)
	}
	return i
}

// Focused asks the browser to place the cursor here.
func (i Input) Focused() Input { i.Focus = true; return i }

// Hinted adds a hint below the label.
func (i Input) Hinted(hint string) Input { i.Hint = hint; return i }

// Input is a field of the table in UIX-050's section, by its kind. The value
// is what the person typed before; for secrets it must be empty, and a secret
// kind refuses anything else.
func (f Frame) Input(kind, value string) (Input, error) {
	in := Input{Name: kind, Type: "text", Value: value, MaxLength: 256}
	switch kind {
	case "identifier":
		in.Autocomplete, in.Plain = "username", true
	case "identifier_email":
		in.Name, in.Type, in.Autocomplete, in.Plain = "identifier", "email", "username", true
	case "email":
		in.Type, in.Autocomplete, in.Plain = "email", "username", true
	case "new_email":
		in.Name, in.Type, in.Autocomplete, in.Plain = "email", "email", "email", true
	case "new_name":
		in.Autocomplete, in.Plain = "off", true
	case "name":
		in.Autocomplete, in.Optional = "name", true
	case "current_password", "new_password", "password":
		in.Type, in.Secret, in.Plain, in.MaxLength = "password", true, true, 1024
		in.Autocomplete = "current-password"
		if kind == "new_password" {
			in.Autocomplete = "new-password"
		}
	case "sign_up_password":
		in.Name, in.Type, in.Secret, in.Plain, in.MaxLength = "password", "password", true, true, 1024
		in.Autocomplete = "new-password"
	case "code":
		in.Mode, in.Autocomplete, in.Pattern, in.Secret, in.Plain = "numeric", "one-time-code", `[0-9 \-]*`, true, true
		in.MaxLength = 32
	case "answer":
		in.Name, in.Autocomplete, in.Secret, in.Plain, in.MaxLength = "code", "one-time-code", true, true, 128
	case "token":
		in.Name, in.Autocomplete, in.Secret, in.Plain, in.MaxLength = "code", "one-time-code", true, true, 16<<10
	case "recovery_code":
		in.Name, in.Autocomplete, in.Capital, in.Secret, in.MaxLength = "code", "one-time-code", true, true, 128
	case "kept":
		in.Type, in.Secret = "checkbox", true
	case "label":
		in.Autocomplete, in.MaxLength = "off", 64
	default:
		return Input{}, fmt.Errorf("ui: no field kind %q", kind)
	}
	if in.Secret && value != "" {
		return Input{}, fmt.Errorf("ui: field kind %q echoes no value", kind)
	}
	in.ID = fieldID(in.Name)
	var err error
	if in.Label, err = f.T("field." + kind); err != nil {
		return Input{}, err
	}
	if in.Error, err = f.problem(in.Name); err != nil {
		return Input{}, err
	}
	if in.Type == "password" {
		if in.Show, err = f.T("password.show"); err != nil {
			return Input{}, err
		}
		if in.Hide, err = f.T("password.hide"); err != nil {
			return Input{}, err
		}
		if in.Reveals, err = f.T("password.what"); err != nil {
			return Input{}, err
		}
	}
	return in, nil
}
