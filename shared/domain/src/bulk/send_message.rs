//! People of leads get a message, each once: one of its leads is put into a sequence of one step, which is the job's own.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Change, Ordered, Refusal, Then};
use crate::{
    campaign::Campaign,
    id::{BulkJobId, CampaignRef, ResponderRef},
    lead::{Channel, Lead},
    responder::{Join, QuietHours, Responder, Step, check},
    setup::Invalid,
    template::ValueTemplate,
};

/// Its person gets a message, once, by whichever of its leads comes first; whether it may be written to is looked at again as it is sent. The templates are those of a responder's step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = BulkSendMessage)]
pub struct SendMessage {
    /// The campaign whose leads get it: its fields are what templates may name.
    pub campid: CampaignRef,
    /// How it is sent.
    pub channel: Channel,
    /// The subject of an e-mail.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub subject: Option<ValueTemplate>,
    /// The message as plain text; of an e-mail this, or `html`, or both.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub text: Option<ValueTemplate>,
    /// An e-mail as HTML.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub html: Option<ValueTemplate>,
    /// Whom an e-mail is from, before the address of the installation's sender.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(max_length = 60)]
    pub from_name: Option<String>,
    /// When nobody is written to, by the clocks of the lead's country.
    #[serde(default)]
    pub quiet: QuietHours,
    /// Of a text message: the responder of the same campaign whose gateway carries it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gateway: Option<ResponderRef>,
}

impl SendMessage {
    pub(super) fn check(&self) -> Vec<Invalid> {
        let mut found = Vec::new();
        check::step("", &self.step(), &mut found);
        check::from_name(self.from_name.as_deref(), &mut found);
        self.quiet.check("quiet", &mut found);
        match (self.channel, &self.gateway) {
            (Channel::Sms, None) => {
                let detail = "Text messages need a gateway: name the responder that has it.";
                found.push(Invalid::new("gateway", "required", detail));
            }
            (Channel::Email, Some(_)) => {
                found.push(Invalid::new("gateway", "not_used", "An e-mail needs no gateway."));
            }
            (Channel::Sms, Some(_)) | (Channel::Email, None) => {}
        }
        found
    }

    /// What its templates name that leads of its campaign do not have.
    pub fn check_names(&self, campaign: &Campaign) -> Vec<Invalid> {
        let mut found = Vec::new();
        check::names_of_step("", &self.step(), campaign, &mut found);
        found
    }

    /// The message of a job as a responder of one step, with the gateway that it names as that is by now; the people of leads are written
    /// to by it, and by nothing else.
    pub fn as_responder(&self, job: BulkJobId, gateway: Option<&Responder>) -> Responder {
        Responder {
            rid: job.into(),
            name: job.to_string(),
            active: true,
            campid: self.campid.clone(),
            join: Join::ByHand,
            steps: vec![self.step()],
            from_name: self.from_name.clone(),
            quiet: self.quiet,
            // Whoever writes to returned leads means to.
            stop_on: Vec::new(),
            sms: gateway.and_then(|responder| responder.sms.clone()),
        }
    }

    pub(super) fn plan(&self, lead: &Lead, ordered: &Ordered<'_>) -> Result<Change, Refusal> {
        if lead.campid != self.campid {
            let detail = format!("The message is for leads of campaign {}.", self.campid);
            return Err(Refusal::new("other_campaign", detail));
        }
        let after = lead.on_message(ordered.job, ordered.now)?;
        let Some(contact) = lead.contact(self.channel) else {
            let detail = format!("The lead has nothing to write to by {}.", self.channel.word());
            return Err(Refusal::new("no_contact", detail));
        };
        if !lead.may_be_written_to(self.channel, ordered.spoken) {
            let detail = format!("Its person may not be written to by {}.", self.channel.word());
            return Err(Refusal::new("no_consent", detail));
        }
        Ok(Change::of(after, Then::WriteOnce(ordered.job, contact)))
    }

    fn step(&self) -> Step {
        let (subject, text, html) = (self.subject.clone(), self.text.clone(), self.html.clone());
        Step { after_min: 0, channel: self.channel, subject, text, html }
    }
}
