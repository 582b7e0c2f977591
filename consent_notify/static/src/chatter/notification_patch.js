import { Notification } from "@mail/core/common/notification_model";
import { _t } from "@web/core/l10n/translation";
import { patch } from "@web/core/utils/patch";

/** What the gate answers, in the words of the chatter. */
function refusal(failureType) {
    switch (failureType) {
        case "no_purpose":
            return _t("Not sent: no purpose, so nobody could agree to it");
        case "consent_missing":
            return _t("Not sent: no consent");
        case "consent_refused":
            return _t("Not sent: consent refused");
        case "consent_withdrawn":
            return _t("Not sent: consent withdrawn");
        case "consent_expired":
            return _t("Not sent: consent expired");
        case "minor":
            return _t("Not sent: the customer is under age, and gets no offers");
        case "consent_unconfirmed":
            return _t("Not sent: the customer has not confirmed the number by its code yet");
        case "no_provider":
            return _t("Not sent: no SMS provider is chosen");
        case "sms_blacklist":
            return _t("Not sent: the number is on the blacklist");
        case "sms_optout":
            return _t("Not sent: the customer opted out at the provider");
        case "superseded":
            return _t("Not sent: overtaken by newer news");
        case "outcome_unknown":
            return _t("Nobody knows whether it was sent: ask the customer, it is not sent again");
    }
    return "";
}

patch(Notification.prototype, {
    get failureMessage() {
        return refusal(this.failure_type) || super.failureMessage;
    },
    get autoCanceledFailureType() {
        return refusal(this.failure_type) || super.autoCanceledFailureType;
    },
});
