// Package notify tells people and monitors how a run ended: messages by webhook, e-mail and command (webhook.go, email.go,
// command.go), a heartbeat (heartbeat.go), and a metrics file for Prometheus (metrics.go). It takes plain values and looks
// nothing up; who calls it brings a Run and the figures that alerts are about. Start reading at Notifiers.Tell.
//
// What is told follows from the run, the figures and what was told before (judge.go): a failure each time, its recovery
// once, an alert when a figure crosses its threshold and when it is back. What was told is kept in one small file beside
// the warehouse. It says nothing of the warehouse; without it, at worst something is told once more, or a recovery is not.
//
// Letters with files, the reports of a run, go by the same mail server (mail.go).
//
// Whatever goes wrong here is an error to be logged and never one of the run: each attempt and the whole have a time limit.
//
// Webhook URLs and passwords are secrets. Errors show of a URL its scheme and host, and every error text is searched for
// secrets before it leaves the package (secret.go). A private certificate authority is trusted by way of SSL_CERT_FILE.
package notify
