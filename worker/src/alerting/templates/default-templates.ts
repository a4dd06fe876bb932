/**
 * What notifications say unless told otherwise. Names are Alertmanager's where it has them, so that a template written
 * for it that defines one of them anew does here what it does there.
 */
export const DEFAULT_TEMPLATES = `
{{ define "__alertmanagerURL" }}{{ .ExternalURL }}{{ end }}
{{ define "__subject" -}}
{{ if .Digest }}[{{ if eq .Status "resolved" }}RESOLVED{{ else }}FIRING{{ end }}] {{ .Digest }}{{ else -}}
[{{ if eq .Status "resolved" }}RESOLVED{{ else }}{{ with or .CommonLabels.severity .Severity }}{{ . | toUpper }}{{ else }}FIRING{{ end }}
{{- if gt (len .Alerts.Firing) 1 }} ×{{ len .Alerts.Firing }}{{ end }}{{ end }}] {{ with .CommonLabels.alertname }}{{ . }}{{ else -}}
{{ if .GroupLabels }}{{ .GroupLabels.SortedPairs.Values | join " " }}{{ else }}Alerts{{ end }}{{ end }}
{{- with (.CommonLabels.Remove (stringSlice "alertname" "severity")).SortedPairs.Values }} ({{ . | join ", " }}){{ end }}
{{- end }}{{ end }}
{{ define "__place" }}{{ (.Labels.Remove (stringSlice "alertname" "severity")).SortedPairs }}{{ end }}
{{ define "__facts" -}}
{{ if eq .Status "resolved" }}Resolved {{ .EndsAt.Format "15:04:05 MST" }}{{ else }}Since {{ .StartsAt.Format "2006-01-02 15:04:05 MST" }}{{ end }}
{{- if .Condition }} · {{ .Condition }}{{ if eq .Status "firing" }}, is {{ printf "%.4g" .Value }}{{ end }}{{ end }}
{{- if .AcknowledgedBy }} · acknowledged by {{ .AcknowledgedBy }}{{ end }}
{{- end }}
{{ define "__text_alert" -}}
{{ if eq .Status "resolved" }}Resolved: {{ end }}{{ .Labels.alertname }} ({{ .Severity }}){{ with .Annotations.summary }}: {{ . }}{{ end }}
{{- with .Annotations.description }}
  {{ . }}{{ end }}
  {{ template "__place" . }}
  {{ template "__facts" . }}
{{- range .Recommendations }}
  → {{ .Text }}{{ end }}
{{- with .Annotations.runbook_url }}
  Runbook: {{ . }}{{ end }}
{{- with .GeneratorURL }}
  {{ . }}{{ end }}
{{- with .AcknowledgeURL }}
  Acknowledge: {{ . }}{{ end }}
{{ end }}
{{ define "__text" -}}
{{ with .Remark }}{{ . }}

{{ end }}{{ range .Alerts }}{{ template "__text_alert" . }}
{{ end }}{{ with .TruncatedAlerts }}… and {{ . }} more alerts
{{ end }}{{ end }}

{{ define "slack.default.title" }}{{ template "__subject" . }}{{ end }}
{{ define "slack.default.text" -}}
{{ with .Remark }}_{{ . }}_
{{ end }}{{ range .Alerts -}}
{{ if eq .Status "resolved" }}:white_check_mark:{{ else }}:rotating_light:{{ end }} *{{ with .Annotations.summary }}{{ . }}{{ else }}{{ .Labels.alertname }}{{ end }}*{{ with .GeneratorURL }} <{{ . }}|open>{{ end }}{{ with .Annotations.runbook_url }} · <{{ . }}|runbook>{{ end }}{{ with .AcknowledgeURL }} · <{{ . }}|acknowledge>{{ end }}
{{ with .Annotations.description }}{{ . }}
{{ end }}{{ template "__place" . }}
{{ template "__facts" . }}
{{ range .Recommendations }}→ {{ .Text }}
{{ end }}
{{ end }}{{ with .TruncatedAlerts }}… and {{ . }} more alerts{{ end }}{{ end }}

{{ define "discord.default.title" }}{{ template "__subject" . }}{{ end }}
{{ define "discord.default.message" }}{{ template "__markdown" . }}{{ end }}
{{ define "msteams.default.title" }}{{ template "__subject" . }}{{ end }}
{{ define "msteams.default.text" }}{{ template "__markdown" . }}{{ end }}
{{ define "__markdown" -}}
{{ with .Remark }}*{{ . }}*

{{ end }}{{ range .Alerts -}}
**{{ if eq .Status "resolved" }}Resolved: {{ end }}{{ with .Annotations.summary }}{{ . }}{{ else }}{{ .Labels.alertname }}{{ end }}**{{ with .GeneratorURL }} [open]({{ . }}){{ end }}{{ with .Annotations.runbook_url }} [runbook]({{ . }}){{ end }}{{ with .AcknowledgeURL }} [acknowledge]({{ . }}){{ end }}

{{ with .Annotations.description }}{{ . }}

{{ end }}{{ template "__place" . }}

{{ template "__facts" . }}

{{ range .Recommendations }}- {{ .Text }}

{{ end }}{{ end }}{{ with .TruncatedAlerts }}… and {{ . }} more alerts{{ end }}{{ end }}

{{ define "pagerduty.default.description" }}{{ template "__subject" . }}{{ with .CommonAnnotations.summary }}: {{ . }}{{ end }}{{ end }}
{{ define "opsgenie.default.message" }}{{ template "__subject" . }}{{ end }}
{{ define "opsgenie.default.description" }}{{ template "__text" . }}{{ end }}

{{ define "email.default.subject" }}{{ template "__subject" . }}{{ end }}
{{ define "email.default.text" }}{{ template "__text" . }}{{ with .ExternalURL }}
-- 
{{ . }}
{{ end }}{{ end }}
{{ define "email.default.html" -}}
<!DOCTYPE html>
<html><body style="margin:0;padding:24px;background:#f5f6f8;font:15px/1.5 -apple-system,'Segoe UI',Roboto,sans-serif;color:#1d2129">
<div style="max-width:640px;margin:0 auto">
<h1 style="font-size:19px;margin:0 0 16px">{{ template "__subject" . }}</h1>
{{ with .Remark }}<p>{{ . }}</p>{{ end }}
{{ range .Alerts -}}
<div style="background:#fff;border-left:4px solid {{ if eq .Status "resolved" }}#2e8540{{ else if eq .Severity "info" }}#2f6fde{{ else if eq .Severity "warning" }}#d9910b{{ else }}#c9302c{{ end }};padding:12px 16px;margin:0 0 12px">
<strong>{{ if eq .Status "resolved" }}Resolved: {{ end }}{{ with .Annotations.summary }}{{ . }}{{ else }}{{ .Labels.alertname }}{{ end }}</strong> ({{ .Severity }})
{{ with .Annotations.description }}<p style="margin:8px 0">{{ . }}</p>{{ end }}
<p style="margin:8px 0;color:#5a6270">{{ template "__facts" . }}</p>
<table style="border-collapse:collapse;font-size:13px">{{ range .Labels.SortedPairs }}<tr><td style="padding:1px 12px 1px 0;color:#5a6270">{{ .Name }}</td><td>{{ .Value }}</td></tr>{{ end }}</table>
{{ range .Recommendations }}<p style="margin:8px 0">→ {{ .Text }}</p>{{ end }}
<p style="margin:8px 0 0">{{ with .GeneratorURL }}<a href="{{ . }}">Open</a>{{ end }}{{ with .Annotations.runbook_url }} <a href="{{ . }}">Runbook</a>{{ end }}{{ with .AcknowledgeURL }} <a href="{{ . }}">Acknowledge</a>{{ end }}</p>
</div>
{{ end }}
{{ with .TruncatedAlerts }}<p>… and {{ . }} more alerts</p>{{ end }}
{{ with .ExternalURL }}<p style="color:#5a6270;font-size:13px">Sent by Sightline, <a href="{{ . }}">{{ . }}</a></p>{{ end }}
</div></body></html>
{{ end }}
`;
