package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/cenkalti/backoff/v5"
	"github.com/wneessen/go-mail"
)

// Mail is a letter to people, with files.
type Mail struct {
	To         []string
	Subject    string
	Text, HTML string // the same twice
	Files      []MailFile
}

// MailFile is a file in a letter.
type MailFile struct {
	Name, Type string
	Body       []byte
}

// Mail sends a letter by the server of Config.Email, and tries again what fails in passing.
func (n *Notifiers) Mail(ctx context.Context, letter Mail) error {
	if n.post == nil {
		return errors.New("no mail server is configured, or it is left out: see notify.email in fmcg.yaml")
	}
	ctx, cancel := context.WithTimeout(ctx, n.timeout)
	defer cancel()
	err := n.retry(ctx, func(ctx context.Context) error {
		message := mail.NewMsg()
		if err := message.To(letter.To...); err != nil {
			return backoff.Permanent(err)
		}
		message.Subject(letter.Subject)
		message.SetDate()
		message.SetBodyString(mail.TypeTextPlain, letter.Text)
		message.AddAlternativeString(mail.TypeTextHTML, letter.HTML)
		for _, file := range letter.Files {
			if err := message.AttachReader(file.Name, bytes.NewReader(file.Body), mail.WithFileContentType(mail.ContentType(file.Type))); err != nil {
				return backoff.Permanent(err)
			}
		}
		return n.post(ctx, message)
	})
	if err != nil {
		return n.secrets.scrub(fmt.Errorf("mail %q is not sent: %w", letter.Subject, err))
	}
	return nil
}

// ReportFailed is a message that a report of the run was not made, or not sent.
func (r Run) ReportFailed(name string, err error) Event {
	return r.event(Failure, fmt.Sprintf("Report %s was not made or sent", name), err.Error())
}
