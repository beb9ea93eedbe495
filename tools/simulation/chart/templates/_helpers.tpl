{{- /* The microservices: each one's key in the values, the suffix of its names, its container, and whether
       it answers HTTP. Two of them keep no old ReplicaSets. */}}
{{- define "chat.microservices" -}}
- {key: account, suffix: account, container: account-service}
- {key: authorization, suffix: authorization, container: authorization-service, revisionHistoryLimit: 0}
- {key: ddpStreamer, suffix: ddp-streamer, container: ddp-streamer, http: true}
- {key: presence, suffix: presence, container: presence-service, revisionHistoryLimit: 0}
{{- end }}

{{- define "chat.name" -}}
{{ .Values.nameOverride | default .Chart.Name }}
{{- end }}

{{- /* The name of the monolith's objects. As in the official chart, fullnameOverride has no effect. */}}
{{- define "chat.fullname" -}}
{{ printf "%s-%s" .Release.Name (include "chat.name" .) | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "chat.selector" -}}
app.kubernetes.io/name: {{ include "chat.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "chat.labels" -}}
{{ include "chat.selector" . }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end }}

{{- define "chat.serviceAccount" -}}
{{ .Values.serviceAccount.name | default (ternary (include "chat.fullname" .) "default" .Values.serviceAccount.create) }}
{{- end }}

{{- /* All services have the same tag: a microservice's own is ignored. */}}
{{- define "chat.image" -}}
{{- $root := index . 0 }}
{{- with $root.Values.global.imageRegistry }}{{ . }}/{{ end -}}
{{ (index . 1).repository }}:{{ $root.Values.image.tag | default $root.Chart.AppVersion }}
{{- end }}

{{- /* The name and the parameters by which values call the official chart's helper. */}}
{{- define "rocketchat.image" -}}
{{- with .global.imageRegistry }}{{ . }}/{{ end -}}
{{ .repository }}:{{ .tag | default .appVersion }}
{{- end }}

{{- /* A list that can contain templates, or its YAML as a string. */}}
{{- define "chat.list" -}}
{{- $root := index . 0 }}
{{- with index . 1 }}{{ tpl (kindIs "string" . | ternary . (toYaml .)) $root }}{{ end }}
{{- end }}

{{- define "chat.scrape" -}}
prometheus.io/scrape: "true"
prometheus.io/path: /metrics
prometheus.io/port: {{ . | quote }}
{{- end }}

{{- /* Without a Secret or a NATS there is no variable, and the workspace starts without a bus. */}}
{{- define "chat.transporter" -}}
{{- $microservices := .Values.microservices.enabled }}
{{- if hasKey .Values.nats "existingSecret" }}
- name: TRANSPORTER
  valueFrom: {secretKeyRef: {{ pick .Values.nats.existingSecret "name" "key" | toJson }}}
{{- else if include "nats.connected" . }}
- name: TRANSPORTER
  value: {{ ternary "" "monolith+" $microservices }}nats://{{ .Release.Name }}-nats:4222
{{- end }}
{{- end }}

{{- /* Variables of the microservices, and of the monolith beside them. */}}
{{- define "chat.microserviceEnv" -}}
{{- with .Values.microservices }}
- name: MOLECULER_LOG_LEVEL
  value: {{ .logLevel | quote }}
- name: HEARTBEAT_INTERVAL
  value: {{ .heartbeatInterval | quote }}
- name: HEARTBEAT_TIMEOUT
  value: {{ .heartbeatTimeout | quote }}
{{- end }}
- name: RETRY_ENABLED
  value: "yes"
{{- with .Values.prometheusScraping }}
{{- if .enabled }}
- name: MS_METRICS
  value: "true"
- name: MS_METRICS_PORT
  value: {{ .msPort | quote }}
{{- end }}
{{- end }}
{{- end }}

{{- define "chat.mongoEnv" -}}
- name: MONGO_URL
  valueFrom:
    secretKeyRef:
      name: {{ .Values.existingMongodbSecret | default (include "chat.fullname" .) }}
      key: mongo-uri
{{- end }}

{{- /* Its hash is an annotation of the monolith's pods, so that a change restarts them. */}}
{{- define "chat.secretData" -}}
{{- if not .Values.existingMongodbSecret }}
mongo-uri: {{ required "set existingMongodbSecret or externalMongodbUrl" .Values.externalMongodbUrl | b64enc }}
{{- end }}
{{- with .Values.smtp }}
{{- if and .enabled (not .existingSecret) }}
mail-url: {{ printf "smtp://%s:%s@%s:%v" .username .password .host .port | b64enc }}
{{- end }}
{{- end }}
{{- with .Values.registrationToken }}
reg-token: {{ . | b64enc }}
{{- end }}
{{- with .Values.license }}
license: {{ . | b64enc }}
{{- end }}
{{- end }}
