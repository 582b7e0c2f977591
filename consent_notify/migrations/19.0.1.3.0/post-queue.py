"""The queue of texts goes before all other jobs: a customer waits for it."""


def migrate(cr, version):
    if version:
        cr.execute(
            "UPDATE ir_cron SET priority = 0 WHERE id = (SELECT res_id FROM ir_model_data"
            " WHERE module = 'sms' AND name = 'ir_cron_sms_scheduler_action')"
        )
