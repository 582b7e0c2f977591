-- A copy of the shop never texts anyone: every company sends into the sandbox.
UPDATE res_company
   SET sms_provider = 'sandbox',
       sms_twilio_account_sid = NULL,
       sms_twilio_auth_token = NULL;

UPDATE sms_gateway
   SET login = NULL,
       secret_sealed = NULL;

-- What was on its way stays behind, in the chatter too.
UPDATE mail_notification
   SET notification_status = 'canceled'
 WHERE notification_type = 'sms'
   AND notification_status IN ('ready', 'process');

UPDATE sms_sms
   SET state = 'canceled'
 WHERE state IN ('outgoing', 'process');

-- A copy erases nobody: its events would say that numbers were destroyed which the shop still keeps. Nor does it
-- continue the chain of anchors: two that follow the same one, both signed, would look like a forgery. Nor does it ask
-- the provider about the shop's texts, or have it forget them.
UPDATE ir_cron
   SET active = FALSE
 WHERE id IN (
       SELECT res_id
         FROM ir_model_data
        WHERE module = 'consent_notify'
          AND name IN (
              'ir_cron_consent_retention', 'ir_cron_consent_anchor', 'ir_cron_consent_anchor_mail',
              'ir_cron_consent_anchor_expired',
              'ir_cron_sms_reconcile', 'ir_cron_sms_forget'
          )
          AND model = 'ir.cron'
       );
